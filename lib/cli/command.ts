import type { AppContext } from "../app/index.ts";
import type { Output } from "./output.ts";
import type { Prompter } from "./prompter.ts";

/** Where a command stands in the help; the order is that of the help. */
export type CommandGroup = "Everyday" | "Backups" | "Storage" | "Setup and care";

/** One flag, in Commander's syntax: `--tag <name>`, `--json`. */
export interface Flag {
  readonly flags: string;
  readonly description: string;
  /** May be given several times; the value is then a list. */
  readonly repeatable?: boolean | undefined;
  /** Turns the text into a value; throws `invalid-argument`. */
  readonly parse?: ((text: string) => unknown) | undefined;
  readonly choices?: readonly string[] | undefined;
  /** The value is true when it is given, also of one that begins with `no-`. */
  readonly isPlain?: boolean | undefined;
  /** Understood, but not shown: names from older tools. */
  readonly hidden?: boolean | undefined;
}

/** What the program hands to a command. */
export interface CommandContext {
  readonly app: AppContext;
  readonly output: Output;
  readonly prompter: Prompter;
}

/** Flags by their camelCase names, as Commander gives them. */
export type FlagValues = Readonly<Record<string, unknown>>;

/**
 * A command as data. The help, the parser and the documentation test read this; `run` imports what it needs when it is called, so
 * that showing help stays fast.
 */
export interface CommandDefinition {
  /** Name and arguments: `restore [backup]`. */
  readonly usage: string;
  readonly group: CommandGroup;
  /** One line, no full stop. */
  readonly summary: string;
  /** More for `--help`, in plain sentences. */
  readonly description?: string | undefined;
  /** What each positional argument is, in order. */
  readonly arguments?: readonly string[] | undefined;
  readonly flags?: readonly Flag[] | undefined;
  /** Command line after `clawback `, and what it does. */
  readonly examples?: readonly (readonly [string, string])[] | undefined;
  /** Exit codes besides 0, 1 and 2, with their meaning here. */
  readonly exitCodes?: Readonly<Record<number, string>> | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly hidden?: boolean | undefined;
  /** What a group of commands consists of; its own `run`, where it has one, answers the group's name alone. */
  readonly subcommands?: readonly CommandDefinition[] | undefined;
  /** What older tools have as commands below this one: understood, and shown nowhere. */
  readonly olderCommands?: readonly CommandDefinition[] | undefined;
  /** Leaves alone what killed processes left, which any other command puts right before it begins. @default false */
  readonly readsOnly?: boolean | undefined;
  /** Works where no home was made yet. @default false */
  readonly withoutHome?: boolean | undefined;
  /** @returns the exit code; nothing means 0 */
  readonly run?:
    | ((
        context: CommandContext,
        args: readonly string[],
        flags: FlagValues,
      ) => Promise<number | undefined>)
    | undefined;
}
