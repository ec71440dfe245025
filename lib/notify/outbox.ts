import { join } from "node:path";
import { type Clock, DAY_MS, isBackupError, MINUTE_MS } from "../base/index.ts";
import { lockFile, makeDirectory, publishFile, readTextIfExists } from "../filesystem/index.ts";
import { REMIND_MS } from "./rules.ts";
import type { Notice } from "./types.ts";

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_WAITING = 1000;
/** What nobody has taken for so long is no news. */
const GIVE_UP_MS: number = 7 * DAY_MS;
const PATIENCE_MS: number = MINUTE_MS;

/** A notice that one channel has not taken yet. */
export interface WaitingNotice {
  readonly notice: Notice;
  readonly channel: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly since: string;
  readonly lastError?: string | undefined;
}

interface Told {
  readonly key: string;
  readonly at: string;
}

/** What is written down of notices: those on their way, and what was said lately. */
export interface Outbox {
  readonly waiting: readonly WaitingNotice[];
  readonly told: readonly Told[];
}

const EMPTY: Outbox = { waiting: [], told: [] };

/** Reads the outbox of a directory; one that cannot be read is empty. */
export function readOutbox(directory: string): Outbox {
  try {
    const text = readTextIfExists(pathIn(directory), MAX_BYTES);
    const value = text === undefined ? EMPTY : (JSON.parse(text) as Partial<Outbox>);
    return {
      waiting: Array.isArray(value.waiting) ? value.waiting.filter(isWaiting) : [],
      told: Array.isArray(value.told) ? value.told.filter(isTold) : [],
    };
  } catch {
    return EMPTY;
  }
}

/**
 * Changes the outbox while nobody else does.
 * @throws BackupError `job-running` when another does not let go; what keeps the file from being written
 */
export async function changeOutbox(
  directory: string,
  clock: Clock,
  change: (outbox: Outbox) => Outbox,
): Promise<Outbox> {
  makeDirectory(directory);
  await using _lock = await lockPatiently(join(directory, "notices.lock"), clock);
  const outbox = change(readOutbox(directory));
  const text = JSON.stringify({ ...outbox, waiting: outbox.waiting.slice(-MAX_WAITING) });
  await publishFile(pathIn(directory), text, { mode: 0o600, replace: true });
  return outbox;
}

/** Whether a key was told of so lately that it is not told again. */
export function wasTold({ told }: Outbox, key: string, now: Date): boolean {
  return told.some((it) => it.key === key && now.getTime() - Date.parse(it.at) < REMIND_MS);
}

/** Remembers what is told now, and forgets what may be told again. */
export function remember(outbox: Outbox, keys: readonly string[], now: Date): Outbox {
  const at = now.toISOString();
  const lately = outbox.told.filter(
    (it) => now.getTime() - Date.parse(it.at) < REMIND_MS && !keys.includes(it.key),
  );
  return { ...outbox, told: [...lately, ...keys.map((key) => ({ key, at }))] };
}

/** Splits what still waits from what waited too long. */
export function giveUp(
  outbox: Outbox,
  now: Date,
): { outbox: Outbox; lost: readonly WaitingNotice[] } {
  const isLost = ({ since }: WaitingNotice) => now.getTime() - Date.parse(since) > GIVE_UP_MS;
  return {
    outbox: { ...outbox, waiting: outbox.waiting.filter((it) => !isLost(it)) },
    lost: outbox.waiting.filter(isLost),
  };
}

async function lockPatiently(path: string, clock: Clock): Promise<AsyncDisposable> {
  const until = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await lockFile(path, clock);
    } catch (error) {
      if (!isBackupError(error, "job-running") || clock.monotonicMs() > until) throw error;
      await clock.sleep(200);
    }
  }
}

function pathIn(directory: string): string {
  return join(directory, "notices.json");
}

function isWaiting(value: unknown): value is WaitingNotice {
  const { notice, channel, since, attempts } = (value ?? {}) as Partial<WaitingNotice>;
  return (
    typeof channel === "string" &&
    typeof attempts === "number" &&
    !Number.isNaN(Date.parse(since ?? "")) &&
    typeof notice?.id === "string" &&
    typeof notice.title === "string" &&
    typeof notice.text === "string"
  );
}

function isTold(value: unknown): value is Told {
  const { key, at } = (value ?? {}) as Partial<Told>;
  return typeof key === "string" && !Number.isNaN(Date.parse(at ?? ""));
}
