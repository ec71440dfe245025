import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { NODE } from "../parts/environment.ts";
import type { Finished } from "../parts/run.ts";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "./clawback.ts";

/** The built program at work, to be interrupted. Killed at the end of the block, if it still runs. */
export interface RunningProgram extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it has written on standard error so far. */
  readonly said: string;
  /** Settles when it has ended; `code` is null when a signal ended it. */
  readonly finished: Promise<Finished>;
  signal(name: NodeJS.Signals): void;
}

export function startClawback(
  args: readonly string[],
  options: {
    readonly userHome: string;
    readonly env?: Readonly<Record<string, string>> | undefined;
  },
): RunningProgram {
  const child = spawn(NODE, [CLAWBACK_PROGRAM, ...args], {
    env: clawbackEnvironment(options),
    cwd: options.userHome,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said.stderr += text));
  const finished = new Promise<Finished>((resolve) => {
    child.once("close", (code) => resolve({ code, ...said }));
  });
  return {
    process: child,
    get said() {
      return said.stderr;
    },
    finished,
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await finished;
    },
  };
}

/** Waits until something is so. @throws Error after 30 s */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await delay(5);
  }
}
