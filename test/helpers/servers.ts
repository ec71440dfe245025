import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../parts/environment.ts";

/** How to start a server program, and how to see that it serves. */
export interface ServerOptions {
  readonly name: string;
  /** @default a free one */
  readonly port?: number | undefined;
  readonly command: (port: number) => readonly [program: string, ...args: string[]];
  readonly env: Record<string, string>;
  readonly cwd?: string | undefined;
  readonly isReady: (port: number) => Promise<boolean>;
  /** @default 30_000 */
  readonly startTimeoutMs?: number | undefined;
  /** How long it may take to end after SIGTERM before it is killed. @default 10_000 */
  readonly stopTimeoutMs?: number | undefined;
}

/** A running server. Disposing of it sends SIGTERM to its process group and, when that does not help, SIGKILL. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Kills it at once, as a power cut would. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
let hooked = false;

/** Starts a server and waits until it serves. @throws Error with its output when it ends or takes too long. */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = launch(options.command(port), options);
    const output = collectOutput(child);
    const server = asServer({
      child,
      port,
      output,
      stopTimeoutMs: options.stopTimeoutMs ?? 10_000,
    });
    try {
      await waitUntilReady(options, server, child);
      return server;
    } catch (error) {
      await server.kill();
      // Between finding a free port and using it, another test may have taken it.
      if (attempt === 3 || !/in use|EADDRINUSE/i.test(output())) {
        throw error;
      }
    }
  }
}

/** Tells whether an address answers with a success now. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * A port that was free a moment ago. Taken at random from below the range that systems give out by themselves, so
 * that it stays free until the server listens, whatever else runs.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) {
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function launch(words: readonly [string, ...string[]], options: ServerOptions): ChildProcess {
  // Where the system has it, the kernel itself ends the server when this process dies, even by SIGKILL.
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : undefined;
  const [program, ...args] = setpriv
    ? ([setpriv, "--pdeathsig", "TERM", "--", ...words] as const)
    : words;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  if (!hooked) {
    hooked = true;
    process.once("exit", () => {
      for (const each of running) {
        signalGroup(each, "SIGKILL");
      }
    });
  }
  return child;
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-100_000);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return () => text;
}

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  readonly output: () => string;
  readonly stopTimeoutMs: number;
}

function asServer({ child, port, output, stopTimeoutMs }: Started): Server {
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const kill = async (): Promise<void> => {
    signalGroup(child, "SIGKILL");
    await ended;
  };
  return {
    port,
    pid: child.pid ?? 0,
    output,
    kill,
    async [Symbol.asyncDispose]() {
      signalGroup(child, "SIGTERM");
      const stopped = ended.then(() => true);
      if (!(await Promise.race([stopped, sleep(stopTimeoutMs, false, { ref: false })]))) {
        await kill();
      }
      // Whatever it started and left behind.
      signalGroup(child, "SIGKILL");
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone.
  }
}

async function waitUntilReady(
  options: ServerOptions,
  server: Server,
  child: ChildProcess,
): Promise<void> {
  const timeoutMs = options.startTimeoutMs ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  while (!(await options.isReady(server.port))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null || failure !== undefined;
    if (hasEnded || performance.now() > deadline) {
      const what = hasEnded ? "ended before it served" : `did not serve within ${timeoutMs} ms`;
      throw new Error(`${options.name} ${what}\n${server.output()}`, { cause: failure });
    }
    await sleep(25);
  }
}
