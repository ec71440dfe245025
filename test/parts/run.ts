import { type ExecFileException, execFile } from "node:child_process";

/** What a program answered. `code` is null when a signal ended it. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string | undefined;
  /** @default the caller's environment */
  readonly env?: Record<string, string> | undefined;
  /** Its standard input. @default empty */
  readonly input?: string | undefined;
  /** Kills the program after so long. @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/** Runs a program to its end and collects what it prints. Does not throw for an exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const settings = {
    cwd: options.cwd,
    env: options.env,
    timeout: options.timeoutMs ?? 120_000,
    killSignal: "SIGKILL" as const,
    maxBuffer: 256 << 20,
  };
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      if (typeof error?.code === "string") {
        reject(error);
        return;
      }
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
    };
    execFile(command, [...args], settings, done).stdin?.end(options.input);
  });
}

/** Runs a program that must succeed; what it printed last is in the error when it does not. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await run(command, args, options);
  if (finished.code !== 0) {
    const output = `${finished.stdout}\n${finished.stderr}`
      .trim()
      .split("\n")
      .slice(-15)
      .join("\n");
    throw new Error(`${command} ${args.join(" ")}: exit ${finished.code}\n${output}`);
  }
  return finished;
}
