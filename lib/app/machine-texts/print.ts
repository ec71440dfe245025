import { userInfo } from "node:os";
import { BackupError } from "../../base/index.ts";
import type { AppContext } from "../context.ts";
import { formatContainerFile } from "./container.ts";
import { type FactsOptions, readMachineFacts } from "./facts.ts";
import { kubernetesManifests } from "./kubernetes.ts";
import { formatUserData } from "./user-data.ts";

export const MACHINE_FORMATS = ["user-data", "container", "kubernetes"] as const;
export type MachineFormat = (typeof MACHINE_FORMATS)[number];

export interface MachineTextOptions extends FactsOptions {
  readonly format: MachineFormat;
  /** Whom the agent belongs to there. @default this user */
  readonly osUser?: string | undefined;
  /** What npm installs Clawback from. */
  readonly package?: string | undefined;
  readonly startGateway?: boolean | undefined;
  readonly image?: string | undefined;
  /** @default openclaw's own, openclaw-home-pvc */
  readonly claim?: string | undefined;
}

export interface PrintedMachineText {
  readonly format: MachineFormat;
  /** Ready to be written to a file. */
  readonly text: string;
  readonly document?: unknown;
  /** What a person should know. */
  readonly notes: readonly string[];
}

/**
 * Writes a text that makes another machine work on the backups of this one, or of the answers.
 * @throws BackupError `invalid-argument` that names the flag; what {@link readMachineFacts} throws
 */
export async function printMachineText(
  app: AppContext,
  options: MachineTextOptions,
): Promise<PrintedMachineText> {
  const { format } = options;
  if (format === "container") {
    const text = formatContainerFile(needed(options.package, PACKAGE));
    return { format, text, notes: [] };
  }
  const facts = await readMachineFacts(app, options);
  if (format === "kubernetes") {
    const { image, claim = "openclaw-home-pvc" } = options;
    const given = {
      image: needed(image, "--image: the image that --print container makes"),
      claim,
    };
    const document = kubernetesManifests(facts, given);
    const notes = facts.notes;
    return { format, text: `${JSON.stringify(document, null, 2)}\n`, document, notes };
  }
  const { osUser = userInfo().username, startGateway } = options;
  const spec = needed(options.package, PACKAGE);
  const text = formatUserData(facts, { osUser, package: spec, startGateway });
  return { format, text, notes: facts.notes };
}

const PACKAGE =
  "--package: what npm install takes, such as the https address of what npm pack made";

function needed(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  const [name] = flag.split(":");
  throw new BackupError("invalid-argument", `${name} is missing`, { hint: `give ${flag}` });
}
