/**
 * The command line: a face over `app` and nothing else.
 *
 * `commands/` holds one file per command, each a piece of data with a `run` that calls one operation of `app` and prints its result;
 * `commands/index.ts` is their list and the order of the help. `program.ts` builds the parser from them, `output.ts` is the only way
 * to speak (text or JSON), `progress.ts` shows work under way, `failure.ts` turns an error into its lines and exit code.
 * Nothing here decides anything about backups; nothing outside here writes to the terminal or sets the exit code.
 *
 * Read first: `command.ts`, then any file in `commands/`.
 *
 * @module
 */
export { COMMANDS } from "./commands/index.ts";
export { main } from "./main.ts";
export { processTerminal, type Terminal } from "./terminal.ts";
