import { DAY_MS } from "../base/index.ts";
import type { RetainedBackup } from "./types.ts";

const RESTORE_POINT_DAYS = 30;

/** A backup of one series, and the reasons to keep it that were found so far. */
export interface Candidate<T extends RetainedBackup = RetainedBackup> {
  readonly backup: T;
  readonly reasons: string[];
}

/** Only such a backup brings a whole installation back. */
export function isWhole(backup: RetainedBackup): boolean {
  return backup.scope.full && !backup.degraded;
}

/**
 * Keeps what no policy may remove: what is held, the newest, the newest verified.
 * @param series - Newest first.
 */
export function guardNewest(series: readonly Candidate[]): void {
  for (const { backup, reasons } of series) if (backup.held) reasons.push("held");
  series[0]?.reasons.push("newest");
  series.find(({ backup }) => backup.verifiedAt !== undefined)?.reasons.push("newest verified");
}

/**
 * Keeps a way back beyond the last weeks, for damage that is noticed late: a whole backup at least 30 days old, once there was one.
 *
 * Where the rules keep none that old, the newest one that is stays, and with it the oldest younger one, which takes its place when it is
 * old enough; without that successor the same backup would have to stay for ever.
 * @param series - Whole backups, newest first.
 */
export function guardRestorePoint(series: readonly Candidate[], now: Date): void {
  const border = now.getTime() - RESTORE_POINT_DAYS * DAY_MS;
  const isOld = ({ backup }: Candidate) => new Date(backup.createdAt).getTime() <= border;
  const old = series.filter(isOld);
  if (old.some(({ reasons }) => reasons.length > 0)) return;
  old[0]?.reasons.push(`restore point at least ${RESTORE_POINT_DAYS} days old`);
  const successor = series.filter((candidate) => !isOld(candidate)).at(-1);
  successor?.reasons.push(`next restore point of ${RESTORE_POINT_DAYS} days`);
}
