import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import {
  BackupError,
  type Clock,
  MINUTE_MS,
  quote,
  SECOND_MS,
  systemClock,
} from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsPath, joinPath } from "./path.ts";
import { createProcessMark, parseProcessMark, stateOfProcess } from "./process-mark.ts";
import { listDirectory, readTextIfExists } from "./small-files.ts";
import { statPath } from "./stat.ts";
import type { Path } from "./types.ts";

/** How often a holder touches its ticket, and after how long one of a process that cannot be seen from here is dead. */
const TOUCH_MS: number = 30 * SECOND_MS;
const SILENT_MS: number = 10 * MINUTE_MS;
const ATTEMPTS = 6;

interface Holder {
  readonly ticket: Path;
  readonly pid: number;
  readonly host: string | undefined;
  /** ISO 8601. */
  readonly since: string | undefined;
  /** Its process cannot be seen from here. */
  readonly isElsewhere: boolean;
}

/**
 * Takes a lock that one process at a time can hold; dispose it to release.
 *
 * Each taker first makes a ticket of its own beside `path`, `<path>.<pid>-<start time>-…`, and then looks for others: who finds a live
 * one withdraws. Of two that come at once at least one sees the other, so never do both hold it; and a dead process's ticket can
 * be removed by anyone at any time, because its name is never used again.
 * @throws BackupError `job-running` with the holder's pid and the time since when.
 */
export async function lockFile(path: Path, clock: Clock = systemClock): Promise<AsyncDisposable> {
  const since = clock.now();
  for (let attempt = 1; ; attempt++) {
    const ticket = createTicket(path, since);
    const holder = findHolder(path, ticket, since);
    if (holder === undefined) return hold(ticket, clock);
    rmSync(fsPath(ticket), { force: true });
    if (attempt === ATTEMPTS) throw isHeld(path, holder);
    // Two takers that withdrew for each other must not meet again in step.
    await clock.sleep(5 + Math.random() * 40);
  }
}

function createTicket(path: Path, since: Date): Path {
  const ticket = `${path}.${createProcessMark()}`;
  const facts = { pid: process.pid, host: hostname(), since: since.toISOString() };
  try {
    writeFileSync(fsPath(ticket), `${JSON.stringify(facts)}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    rmSync(fsPath(ticket), { force: true });
    throw unwritable(ticket, error);
  }
  return ticket;
}

function hold(ticket: Path, clock: Clock): AsyncDisposable {
  const touch = setInterval(() => {
    const seconds = clock.now().getTime() / 1000;
    try {
      utimesSync(fsPath(ticket), seconds, seconds);
    } catch {
      // A ticket that someone removed by hand is gone; the work under it goes on.
    }
  }, TOUCH_MS);
  touch.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(touch);
      rmSync(fsPath(ticket), { force: true });
    },
  };
}

/** The first other live ticket; tickets of processes that are gone are removed on the way. */
function findHolder(path: Path, own: Path, now: Date): Holder | undefined {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of listDirectory(directory) ?? []) {
    const ticket = joinPath(directory, name);
    if (!name.startsWith(prefix) || ticket === joinPath(directory, basename(own))) continue;
    const mark = parseProcessMark(name.slice(prefix.length));
    const touched = mark === undefined ? undefined : statPath(ticket)?.mtimeNs;
    if (mark === undefined || touched === undefined) continue;
    const state = stateOfProcess(mark);
    const isSilent = now.getTime() - Number(touched / 1_000_000n) > SILENT_MS;
    if (state === "gone" || (state === "unknown" && isSilent)) {
      rmSync(fsPath(ticket), { force: true });
      continue;
    }
    return { ticket, pid: mark.pid, ...readFacts(ticket), isElsewhere: state === "unknown" };
  }
  return undefined;
}

function readFacts(ticket: Path): { host: string | undefined; since: string | undefined } {
  try {
    const facts: unknown = JSON.parse(readTextIfExists(ticket, 4096) ?? "");
    const { host, since } = facts as Record<string, unknown>;
    return {
      host: typeof host === "string" ? host : undefined,
      since: typeof since === "string" ? since : undefined,
    };
  } catch {
    // Not yet written by its maker, or spoiled: the name alone is the lock.
    return { host: undefined, since: undefined };
  }
}

function isHeld(path: Path, holder: Holder): BackupError {
  const { pid, host, since, ticket, isElsewhere } = holder;
  const where = isElsewhere ? ` on ${quote(host ?? "another machine")}` : "";
  const when = since === undefined ? "" : ` since ${since}`;
  return new BackupError("job-running", `${quote(path)} is held by process ${pid}${where}${when}`, {
    details: { path, pid, host, since },
    hint: isElsewhere
      ? `wait for it to end; if nothing runs there any more, remove ${quote(ticket)}`
      : "wait for it to end, then repeat",
  });
}
