import { Argument, Command, type CommanderError, Option } from "commander";
import { BackupError } from "../base/index.ts";
import type { CommandDefinition, CommandGroup, Flag, FlagValues } from "./command.ts";

/** Called with the definition, the positional arguments and all flags once the line has been understood. */
export type Dispatch = (
  definition: CommandDefinition,
  args: readonly string[],
  flags: FlagValues,
) => Promise<void>;

/** Understood by every command. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    flags: "--json",
    description: "print one JSON object on standard output, and failures as JSON on standard error",
  },
  { flags: "-q, --quiet", description: "print the result only" },
  { flags: "-v, --verbose", description: "on a failure, also print its causes" },
  {
    flags: "--home <dir>",
    description: "Clawback's own directory (CLAWBACK_HOME, default ~/.clawback)",
  },
  {
    flags: "--state-dir <dir>",
    description: "OpenClaw's state directory (OPENCLAW_STATE_DIR, default ~/.openclaw)",
  },
  {
    flags: "--profile <name>",
    description: "OpenClaw's profile: its state directory is ~/.openclaw-<name>",
  },
  {
    flags: "--no-cache",
    description: "read everything from the storages, and nothing from the cache in the home",
    isPlain: true,
  },
];

const GROUPS: readonly CommandGroup[] = ["Everyday", "Backups", "Storage", "Setup and care"];

const GLOBAL_OPTIONS = "Global options:";
const SHOW_HELP = "show this help";
const FIRST_STEPS = `First steps:
  $ clawback demo
      see all of it work in scratch space; your installation is only read
  $ clawback setup
      make everything that backups need, here or in the cloud; asks first
  $ clawback init
      make a place for backups on this machine; storage add takes others
  $ clawback create
      make a backup
  $ clawback restore latest --dry-run
      see what a restore would change`;
const EXIT_CODES = `Exit codes:
   0  done                                10  no repository
   1  failed                              11  locked, or already running
   2  wrong use                           12  wrong password
   3  done, with omissions or degraded   130  interrupted`;
const MORE_HELP = "\nclawback COMMAND --help tells more of a command.";

/** Builds the Commander program from definitions. It never exits by itself and never writes: see `parseFailure`. */
export function buildProgram(
  definitions: readonly CommandDefinition[],
  options: {
    readonly version: string;
    readonly dispatch: Dispatch;
    readonly write: (text: string) => void;
  },
): Command {
  const program = new Command("clawback")
    .description("Backs up, rewinds and rebuilds OpenClaw agents.")
    .version(options.version, "-V, --version", "print the version")
    .exitOverride()
    // Else a group such as `storage` takes the flags that stand behind its command.
    .enablePositionalOptions()
    .configureOutput({ writeOut: options.write, writeErr: () => undefined })
    .helpCommand(false)
    .configureHelp({
      // A long flag would else leave too little room to wrap what it means, at 80 columns.
      minWidthToWrap: 24,
      // Older names of a command work, but are not shown.
      subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trim(),
      commandUsage: (command) => `${fullName(command)} ${command.usage()}`,
    })
    .helpOption("-h, --help", SHOW_HELP)
    .addHelpText("after", `\n${FIRST_STEPS}\n\n${EXIT_CODES}\n${MORE_HELP}`);
  program.commandsGroup(GROUPS[0] ?? "");
  for (const definition of definitions) addCommand(program, definition, options.dispatch);
  return program;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function argumentsOf(command: Command): string {
  return command.registeredArguments
    .map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
    .join(" ");
}

function addCommand(parent: Command, definition: CommandDefinition, dispatch: Dispatch): void {
  const [name = "", ...args] = definition.usage.split(" ");
  const command = parent.command(name, { hidden: definition.hidden ?? false });
  command
    .summary(definition.summary)
    .description(description(definition))
    .aliases([...(definition.aliases ?? [])]);
  for (const [i, arg] of args.entries())
    command.addArgument(new Argument(arg, definition.arguments?.[i]));
  command.exitOverride().allowExcessArguments(false).helpCommand(false);
  command.addHelpOption(new Option("-h, --help", SHOW_HELP).helpGroup(GLOBAL_OPTIONS));
  if (parent.parent === null) command.helpGroup(`${definition.group}:`);
  for (const flag of definition.flags ?? []) command.addOption(toOption(flag));
  const own = new Set(command.options.map((option) => option.long));
  for (const flag of GLOBAL_FLAGS) {
    const option = toOption(flag).helpGroup(GLOBAL_OPTIONS);
    if (!own.has(option.long)) command.addOption(option);
  }
  const notes = helpNotes(name, definition);
  if (notes !== "") command.addHelpText("after", notes);
  addBelow(command, definition, dispatch);
  if (definition.run === undefined) return;
  const isGroup = definition.subcommands !== undefined;
  // Else Commander says of `storage ad` that `storage` takes no arguments.
  if (isGroup) command.allowExcessArguments(true);
  command.action(async () => {
    const [unknown] = isGroup ? command.args : [];
    if (unknown !== undefined)
      command.error(`unknown command '${unknown}'`, { code: "commander.unknownCommand" });
    await dispatch(definition, command.args, command.optsWithGlobals());
  });
}

function addBelow(command: Command, definition: CommandDefinition, dispatch: Dispatch): void {
  for (const sub of definition.subcommands ?? []) addCommand(command, sub, dispatch);
  for (const older of definition.olderCommands ?? []) {
    // Else the help speaks of commands that it does not show.
    command.usage("[options]");
    addCommand(command, { ...older, hidden: true }, dispatch);
  }
}

function description(definition: CommandDefinition): string {
  const first = `${definition.summary.charAt(0).toUpperCase()}${definition.summary.slice(1)}.`;
  if (definition.description === undefined) return first;
  // Commander breaks lines where the terminal ends; those of the source are of no use to it.
  return `${first}\n\n${definition.description.replaceAll(/(?<!\n)\n(?!\n)/g, " ")}`;
}

function helpNotes(name: string, definition: CommandDefinition): string {
  const parts: string[] = [];
  if (definition.examples !== undefined) {
    const lines = definition.examples.map(
      ([line, meaning]) => `  $ clawback ${line}\n      ${meaning}`,
    );
    parts.push(`Examples:\n${lines.join("\n")}`);
  }
  const codes = Object.entries(definition.exitCodes ?? {});
  if (codes.length > 0) {
    const lines = codes.map(([code, meaning]) => `  ${code}  ${meaning}`);
    parts.push(`Exit codes of ${name} besides 0, 1 and 2:\n${lines.join("\n")}`);
  }
  return parts.length === 0 ? "" : `\n${parts.join("\n\n")}`;
}

function toOption(flag: Flag): Option {
  const option = new Option(flag.flags, flag.description);
  if (flag.choices !== undefined) option.choices([...flag.choices]);
  if (flag.hidden) option.hideHelp();
  // Else it is on by default, and of `repository --no-cache check` the group's default wins.
  if (flag.isPlain) option.negate = false;
  const { parse, repeatable } = flag;
  if (repeatable) {
    option.argParser((text: string, previous: unknown) => [
      ...(Array.isArray(previous) ? previous : []),
      parse === undefined ? text : parse(text),
    ]);
  } else if (parse !== undefined) {
    option.argParser((text: string) => parse(text));
  }
  return option;
}

/**
 * Translates what Commander throws: undefined when it was a request for help or the version (already answered), else a
 * `invalid-argument` that says what was not understood.
 *
 * @param command - The command that was meant, as far as it is known: `storage add`, or nothing.
 */
export function parseFailure(error: CommanderError, command: string): BackupError | undefined {
  if (error.exitCode === 0) return undefined;
  const hint = `see: clawback ${command} --help`.replaceAll(/ +/g, " ");
  if (error.code === "commander.help") {
    return new BackupError("invalid-argument", `${command || "clawback"} needs a command`, {
      hint,
    });
  }
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return new BackupError("invalid-argument", message, { hint, cause: error });
}
