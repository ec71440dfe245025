import { join } from "node:path";
import { main, type Terminal } from "../../lib/cli/index.ts";
import { readEnvironment } from "../../lib/settings/index.ts";
import { NODE, PROJECT_ROOT } from "../parts/environment.ts";
import { type Finished, run } from "../parts/run.ts";

/** Clawback as one user runs it: with a home directory of its own and nothing of the caller's environment. */
export interface Clawback {
  /** Runs a command line and gives what it answered, whatever that is. */
  run(...args: readonly string[]): Promise<Finished>;
  /** Runs a command line with `--json` that must end with one of `codes` (0 by default), and parses its output. */
  json<T = Record<string, unknown>>(args: readonly string[], codes?: readonly number[]): Promise<T>;
}

export interface ClawbackOptions {
  /** The user's home directory; Clawback's home is `.clawback` in it. */
  readonly userHome: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Call the command line in this process, or start the built program. @default "program" */
  readonly as?: "function" | "program" | undefined;
}

export function clawback(options: ClawbackOptions): Clawback {
  const call = options.as === "function" ? callFunction : startProgram;
  const runOne = (...args: readonly string[]): Promise<Finished> => call(args, options);
  return {
    run: runOne,
    json: async (args, codes = [0]) => {
      const finished = await runOne(...args, "--json");
      if (finished.code === null || !codes.includes(finished.code)) {
        throw new Error(
          `clawback ${args.join(" ")}: exit ${finished.code}\n${finished.stdout}\n${finished.stderr}`,
        );
      }
      return JSON.parse(finished.stdout);
    },
  };
}

/** What the program is started with. */
export function clawbackEnvironment(options: ClawbackOptions): Record<string, string> {
  const path = process.env.PATH ?? "/usr/bin:/bin";
  return { PATH: path, HOME: options.userHome, TZ: "UTC", ...options.env };
}

export const CLAWBACK_PROGRAM: string = join(PROJECT_ROOT, "dist", "bin", "clawback.js");

function startProgram(args: readonly string[], options: ClawbackOptions): Promise<Finished> {
  return run(NODE, [CLAWBACK_PROGRAM, ...args], {
    env: clawbackEnvironment(options),
    cwd: options.userHome,
  });
}

async function callFunction(args: readonly string[], options: ClawbackOptions): Promise<Finished> {
  const variables = clawbackEnvironment(options);
  const terminal = recordingTerminal();
  await main(args, terminal, {
    ...readEnvironment(),
    variables,
    userHome: options.userHome,
    cwd: options.userHome,
  });
  return terminal.finished();
}

/** A terminal nobody sits at, which keeps what is written. */
export function recordingTerminal(): Terminal & { finished(): Finished } {
  const written = { stdout: "", stderr: "" };
  let code = 0;
  const sink = (stream: keyof typeof written) => ({
    write: (text: string) => {
      written[stream] += text;
    },
    isTerminal: false,
    columns: 80,
  });
  return {
    out: sink("stdout"),
    err: sink("stderr"),
    isInteractive: false,
    writeBytes: async (chunk) => {
      written.stdout += Buffer.from(chunk).toString("latin1");
    },
    setExitCode: (value) => {
      code = value;
    },
    finished: () => ({ code, ...written }),
  };
}
