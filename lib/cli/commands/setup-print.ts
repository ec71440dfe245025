import type { MachineFormat, PrintFormat, SetupAnswers } from "../../app/index.ts";
import { BackupError } from "../../base/index.ts";
import type { CommandContext, Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { readAnswers } from "./setup-answers.ts";

/** What another machine runs; the rest of what is printed makes what setup would make. */
const MACHINE_FORMATS: readonly MachineFormat[] = ["user-data", "container", "kubernetes"];

export const PRINT_FLAGS: readonly Flag[] = [
  {
    flags: "--print <what>",
    description:
      "write as text what would be made (the first four), for somebody else to make it, or what another machine runs",
    choices: ["cloudformation", "terraform", "policies", "commands", ...MACHINE_FORMATS],
  },
  { flags: "--account <id>", description: "the AWS account, for --print without credentials" },
  {
    flags: "--package <spec>",
    description: "user-data, container: what npm installs Clawback from, such as an https address",
  },
  {
    flags: "--os-user <name>",
    description: "user-data: whom the agent belongs to there (default: this user)",
  },
  {
    flags: "--start-gateway",
    description: "user-data: the agent begins to work at once; the old machine must be off",
  },
  { flags: "--image <name>", description: "kubernetes: the image that --print container makes" },
  {
    flags: "--claim <name>",
    description: "kubernetes: the claim with OpenClaw's state (default: openclaw-home-pvc)",
  },
];

/** Answers on the command line stand for a machine that was set up otherwise than this one. */
const ANSWERING = ["answers", "type", "path", "preset", "endpoint", "region", "bucket"];

/** What is printed for another machine; undefined where something else is wanted. */
export function machineFormat(flags: FlagValues): MachineFormat | undefined {
  return MACHINE_FORMATS.find((format) => format === flag.text(flags, "print"));
}

/** Prints what another machine runs, from what this home has or from answers. */
export async function printForMachine(
  context: CommandContext,
  format: MachineFormat,
  flags: FlagValues,
): Promise<number> {
  const { app, output } = context;
  const { printMachineText } = await import("../../app/index.ts");
  const isAnswered = ANSWERING.some((name) => flags[name] !== undefined);
  const printed = await printMachineText(app, {
    format,
    answers: isAnswered ? (await readAnswers(context, flags)).answers : undefined,
    storage: flag.text(flags, "storage"),
    instance: flag.text(flags, "instance"),
    account: accountOf(flags),
    osUser: flag.text(flags, "osUser"),
    package: flag.text(flags, "package"),
    startGateway: flag.isSet(flags, "startGateway"),
    image: flag.text(flags, "image"),
    claim: flag.text(flags, "claim"),
  });
  for (const note of printed.notes) output.warn(note);
  output.result(printed, () => printed.text.trimEnd());
  return 0;
}

/** Prints what setup would make. */
export async function printTexts(
  { app, output }: CommandContext,
  answers: SetupAnswers,
  format: PrintFormat,
  flags: FlagValues,
): Promise<number> {
  const { printSetup } = await import("../../app/index.ts");
  const printed = await printSetup(app, answers, { format, account: accountOf(flags) });
  output.result(printed, () => printed.text);
  return 0;
}

function accountOf(flags: FlagValues): string | undefined {
  const account = flag.text(flags, "account");
  if (account === undefined || /^\d{12}$/.test(account)) return account;
  throw new BackupError("invalid-argument", "an AWS account has 12 digits");
}
