import { Command, type CommanderError, Option } from "commander";
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
];

const GROUPS: readonly CommandGroup[] = ["Everyday", "Backups", "Storage", "Setup and care"];

const EXIT_CODES =
  "Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with omissions or degraded; 11 already running;\n" +
  "12 wrong password; 130 interrupted.";

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
      subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trim(),
    })
    .addHelpText("after", `\n${EXIT_CODES}\nclawback COMMAND --help tells more of a command.`);
  program.commandsGroup(GROUPS[0] ?? "");
  for (const definition of definitions) addCommand(program, definition, options.dispatch);
  return program;
}

/** Older names of a command work, but are not shown. */
function argumentsOf(command: Command): string {
  return command.registeredArguments
    .map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
    .join(" ");
}

function addCommand(parent: Command, definition: CommandDefinition, dispatch: Dispatch): void {
  const name = definition.usage.split(" ")[0] ?? "";
  const command = parent.command(definition.usage, { hidden: definition.hidden ?? false });
  command
    .summary(definition.summary)
    .description(description(definition))
    .aliases([...(definition.aliases ?? [])]);
  command.exitOverride().allowExcessArguments(false);
  if (parent.parent === null) command.helpGroup(`${definition.group}:`);
  for (const flag of definition.flags ?? []) command.addOption(toOption(flag));
  const own = new Set(command.options.map((option) => option.long));
  for (const flag of GLOBAL_FLAGS) {
    const option = toOption(flag).helpGroup("Global options:");
    if (!own.has(option.long)) command.addOption(option);
  }
  const notes = helpNotes(name, definition);
  if (notes !== "") command.addHelpText("after", notes);
  for (const sub of definition.subcommands ?? []) addCommand(command, sub, dispatch);
  if (definition.run === undefined) return;
  command.action(async () => {
    await dispatch(definition, command.args, command.optsWithGlobals());
  });
}

function description(definition: CommandDefinition): string {
  const first = `${definition.summary.charAt(0).toUpperCase()}${definition.summary.slice(1)}.`;
  return definition.description === undefined ? first : `${first}\n\n${definition.description}`;
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
 */
export function parseFailure(error: CommanderError, line: string): BackupError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") {
    return new BackupError("invalid-argument", `${line || "clawback"} needs a command`, {
      hint: `see: clawback ${line} --help`.replaceAll(/ +/g, " "),
    });
  }
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return new BackupError("invalid-argument", message, {
    hint: "see: clawback --help",
    cause: error,
  });
}
