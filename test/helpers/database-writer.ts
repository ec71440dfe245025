import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What a writer can be told; see `database-writer-process.ts`. */
export type WriterCommand = "hold-immediate" | "hold-exclusive" | "release" | "count";

/** Another process that works with a database, as the Gateway does. */
export interface DatabaseWriter extends AsyncDisposable {
  readonly pid: number;
  /** Has it do something, and gives its answer once it is done. */
  tell(command: WriterCommand): Promise<string>;
  /** Kills it, so that it closes nothing. */
  kill(): Promise<void>;
}

export interface WriterOptions {
  readonly journalMode: "wal" | "delete";
  /** Commits as fast as it can: transaction n inserts `(n, i)` for i below 5 into `log`. @default false */
  readonly busy?: boolean | undefined;
  /** Commits a second, at most. @default unlimited */
  readonly perSecond?: number | undefined;
}

/** Starts a process that opens (and, if need be, makes) a database, and waits until it has. */
export async function startWriter(path: string, options: WriterOptions): Promise<DatabaseWriter> {
  const script = new URL("./database-writer-process.ts", import.meta.url).pathname;
  const { journalMode, busy = false, perSecond = 0 } = options;
  const child = spawn(
    process.execPath,
    [script, path, journalMode, busy ? "busy" : "idle", String(perSecond)],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => String((await lines.next()).value);
  if ((await answer()) !== "ready") throw new Error("the writer did not start");
  return {
    pid: Number(child.pid),
    tell: async (command) => {
      child.stdin.write(`${command}\n`);
      return await answer();
    },
    kill: () => end(child),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}
