import { DAY_MS } from "../../base/index.ts";
import type { BackupKind } from "../../catalog/index.ts";
import { planRetention, type RetainedBackup, type RetentionPolicy } from "../../retention/index.ts";
import { nextTime } from "../../schedule/index.ts";
import type { Rhythm } from "./estimate.ts";

const MONTH_MS: number = 30 * DAY_MS;
/** Longer ago than the longest period that is usually kept. */
const HORIZON_MS: number = 3 * 365 * DAY_MS;
/** A schedule that is busier is counted so far and no further. */
const MOST_BACKUPS = 10_000;

/**
 * How often a calendar comes, and how many backups the policy keeps of it in the long run.
 * @param cron - Five fields; undefined for never
 */
export function rhythmOf(
  cron: string | undefined,
  policy: RetentionPolicy | undefined,
  { kind, now }: { readonly kind: BackupKind; readonly now: Date },
): Rhythm {
  const perMonth = cron === undefined ? 0 : timesPerMonth(cron, now);
  return { perMonth, kept: countKept(perMonth, policy, { kind, now }) };
}

/** Of rare times the average over a year: some months have five Sundays. */
function timesPerMonth(cron: string, now: Date): number {
  const inMonth = countTimes(cron, now, MONTH_MS);
  return inMonth > 40 ? inMonth : countTimes(cron, now, 12 * MONTH_MS) / 12;
}

function countTimes(cron: string, now: Date, spanMs: number): number {
  const end = now.getTime() + spanMs;
  let count = 0;
  let at = nextTime(cron, now);
  while (at !== undefined && at.getTime() <= end && count < MOST_BACKUPS) {
    count += 1;
    at = nextTime(cron, at);
  }
  return count;
}

/** Lets the policy decide about backups that were made at even times for years. */
export function countKept(
  perMonth: number,
  policy: RetentionPolicy | undefined,
  { kind, now }: { readonly kind: BackupKind; readonly now: Date },
): number {
  if (perMonth === 0) return 0;
  const everyMs = MONTH_MS / perMonth;
  const made = Math.min(Math.floor(HORIZON_MS / everyMs), MOST_BACKUPS);
  if (policy === undefined) return made;
  const backups = Array.from({ length: made }, (_, i) => madeAt(now.getTime() - i * everyMs, kind));
  return planRetention(backups, { [kind]: policy }, { now }).keep.length;
}

function madeAt(ms: number, kind: BackupKind): RetainedBackup {
  const createdAt = new Date(ms).toISOString();
  const scope = { full: true, classes: [], onlyConfig: false, includeWorkspace: true };
  return {
    ...{ id: createdAt, kind, instance: "i", storage: "s", tags: [], scope, createdAt },
    ...{ degraded: false, held: false, sizeBytes: 1, storedBytes: 1, files: 1 },
  };
}
