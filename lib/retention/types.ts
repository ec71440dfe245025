import type { Backup, BackupKind } from "../catalog/index.ts";

/** What a decision is made of. A `Backup` of the catalog has it all; `held` and `verifiedAt` come from its marks. */
export type RetainedBackup = Pick<
  Backup,
  "id" | "kind" | "instance" | "storage" | "tags" | "scope" | "createdAt" | "degraded" | "held"
> &
  Pick<Backup, "verifiedAt" | "sizeBytes" | "storedBytes" | "files">;

/** How many; `all` of them without end. */
export type KeepCount = number | "all";

/**
 * What to keep. A backup is kept when any rule wants it.
 *
 * `last` keeps the newest N. `hourly` keeps the newest of each of the last N hours in which there was a backup, and so on; hours without one do
 * not count. While a rule has not found its number yet, it keeps the oldest backup too. The rules named `within…` take a span such as
 * `35d`, `12h` or `1y6m` (years, months, days, hours), counted back from the newest backup and not from now, so that nothing is removed
 * only because no backup was made for a while.
 */
export interface RetentionPolicy {
  readonly last?: KeepCount | undefined;
  readonly hourly?: KeepCount | undefined;
  readonly daily?: KeepCount | undefined;
  /** Weeks begin on Monday. */
  readonly weekly?: KeepCount | undefined;
  readonly monthly?: KeepCount | undefined;
  readonly yearly?: KeepCount | undefined;
  readonly within?: string | undefined;
  readonly withinHourly?: string | undefined;
  readonly withinDaily?: string | undefined;
  readonly withinWeekly?: string | undefined;
  readonly withinMonthly?: string | undefined;
  readonly withinYearly?: string | undefined;
  /** Keeps every backup with one of these tags. */
  readonly tags?: readonly string[] | undefined;
}

/** The policy of each kind. Backups of a kind without one are all kept. */
export type RetentionPolicies = Partial<Readonly<Record<BackupKind, RetentionPolicy | undefined>>>;

export interface RetentionOptions {
  readonly now: Date;
  /** In which hours, days and weeks begin: an IANA name. @default UTC */
  readonly timeZone?: string | undefined;
  /** Abnormal changes of backups made until then were looked at by a person and no longer suspend removal. */
  readonly changesAcceptedAt?: Date | undefined;
}

export interface RetentionDecision<T> {
  readonly backup: T;
  /** At least one, for people: `daily`, `held`, `newest verified`, … */
  readonly reasons: readonly string[];
}

export interface RetentionWarning {
  readonly code: "abnormal-change" | "future-backup";
  readonly message: string;
  /** The backup that gave cause. */
  readonly id: string;
}

/** What would be kept and removed, newest first. Plain data. */
export interface RetentionPlan<T> {
  readonly keep: readonly RetentionDecision<T>[];
  readonly remove: readonly RetentionDecision<T>[];
  readonly warnings: readonly RetentionWarning[];
}
