import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { NODE } from "../parts/environment.ts";
import { CLAWBACK_PROGRAM, type ClawbackOptions, clawbackEnvironment } from "./clawback.ts";
import { partPath } from "./parts.ts";

/** A person at a real terminal, in front of the built program. */
export interface PtySession extends AsyncDisposable {
  /** Waits until something appears behind what the last wait found. @throws Error with what there is instead */
  waitFor(what: string | RegExp): Promise<void>;
  /** Presses keys; `KEYS` has those without a letter. */
  type(keys: string): void;
  /** Closes the terminal's window. */
  hangUp(): void;
  /** Waits for the end of the program, and gives its exit code. */
  ended(): Promise<number | null>;
  /** All that was written to the terminal, as it was written. */
  raw(): string;
  /** The same without control sequences. */
  text(): string;
}

export const KEYS = { enter: "\r", down: "\u001b[B", interrupt: "\u0003" } as const;

export interface PtyOptions extends Pick<ClawbackOptions, "userHome" | "env"> {
  /** @default 100 */
  readonly columns?: number | undefined;
}

const TIMEOUT_MS = 30_000;

/** Starts `clawback` with these arguments on a terminal of its own. Needs the part `python3`. */
export function openPty(args: readonly string[], options: PtyOptions): PtySession {
  const started = {
    rows: 40,
    columns: options.columns ?? 100,
    cwd: options.userHome,
    env: { TERM: "xterm-256color", ...clawbackEnvironment(options) },
    command: [NODE, CLAWBACK_PROGRAM, ...args],
  };
  const script = join(import.meta.dirname, "run-on-pty.py");
  const child = spawn(partPath("python3"), [script, JSON.stringify(started)]);
  let raw = "";
  let seen = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      raw += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve).once("error", reject);
  });
  const text = (): string => stripVTControlCharacters(raw);
  return {
    raw: () => raw,
    text,
    ended: () => ended,
    hangUp: () => void child.kill("SIGKILL"),
    type: (keys) => void child.stdin.write(keys),
    waitFor: async (what) => {
      const pattern = typeof what === "string" ? literally(what) : what;
      for (const deadline = performance.now() + TIMEOUT_MS; ; await sleep(20)) {
        const found = pattern.exec(text().slice(seen));
        if (found !== null) {
          seen += found.index + found[0].length;
          return;
        }
        if (performance.now() > deadline || child.exitCode !== null) {
          throw new Error(`the terminal does not show ${String(what)}, but:\n${text()}`);
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
