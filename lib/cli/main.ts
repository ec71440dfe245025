import { CommanderError } from "commander";
import type { AppContext } from "../app/index.ts";
import { CLAWBACK_VERSION, Secret, toBackupError } from "../base/index.ts";
import type { Environment } from "../settings/index.ts";
import type { CommandDefinition, FlagValues } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { reportFailure } from "./failure.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { createOutput, type Output } from "./output.ts";
import { buildProgram, parseFailure } from "./program.ts";
import { createPrompter } from "./prompter.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command line and sets the exit code; never throws and never exits while something is open.
 *
 * Help is answered without loading anything but the definitions of the commands: it takes a tenth of a second.
 *
 * @param argv - Without the program's name: `["create", "--json"]`.
 * @param environment - By default the process's own.
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  environment?: Environment | undefined,
): Promise<void> {
  const json = argv.includes("--json");
  const verbose = argv.includes("--verbose") || argv.includes("-v");
  try {
    const program = buildProgram(COMMANDS, {
      version: CLAWBACK_VERSION,
      write: (text) => terminal.out.write(text),
      dispatch: (definition, args, flags) =>
        runCommand({ definition, args, flags, terminal, environment }),
    });
    if (argv.length === 0) terminal.out.write(program.helpInformation());
    else await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    const failure =
      error instanceof CommanderError
        ? parseFailure(error, commandOf(argv, COMMANDS))
        : toBackupError(error);
    if (failure !== undefined) reportFailure(terminal, failure, { json, verbose });
  }
}

interface Invocation {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
  readonly flags: FlagValues;
  readonly terminal: Terminal;
  readonly environment: Environment | undefined;
}

async function runCommand(invocation: Invocation): Promise<void> {
  const [{ openApp }, { readEnvironment }] = await Promise.all([
    import("../app/index.ts"),
    import("../settings/index.ts"),
  ]);
  const { definition, args, flags, terminal, environment = readEnvironment() } = invocation;
  const output = createOutput(terminal, {
    json: flags.json === true,
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    colors: (environment.variables.NO_COLOR ?? "") === "",
  });
  const interrupts = listenForInterrupts(() =>
    output.note("stopping; a second signal stops at once"),
  );
  const prompter = createPrompter(terminal, { json: output.options.json });
  const askPassword = async (question: string): Promise<Secret> =>
    new Secret(await prompter.askSecret(question, "--password-file"));
  try {
    await using app = await openApp({
      environment,
      flags,
      repairs: definition.readsOnly !== true,
      withPassword: definition.flags?.some((flag) => flag.flags.startsWith("--password")) ?? false,
      signal: interrupts.signal,
      askPassword: prompter.isInteractive ? askPassword : undefined,
      onProgress: output.onProgress,
    });
    warnAll(output, app);
    const code = await definition.run?.({ app, output, prompter }, args, flags);
    terminal.setExitCode(code ?? 0);
  } finally {
    output.endProgress();
    interrupts.stop();
  }
}

function warnAll(output: Output, app: AppContext): void {
  for (const warning of app.warnings) output.warn(warning);
}

/** The words of a line that name a command, for a message: `storage add`. */
function commandOf(argv: readonly string[], definitions: readonly CommandDefinition[]): string {
  const [word = "", ...rest] = argv;
  const found = definitions.find(
    ({ usage, aliases = [] }) => usage.split(" ")[0] === word || aliases.includes(word),
  );
  return found === undefined
    ? ""
    : `${word} ${commandOf(rest, [...(found.subcommands ?? []), ...(found.olderCommands ?? [])])}`.trim();
}
