import { DAY_MS, formatDuration } from "../../base/index.ts";
import type { Backup, BackupList } from "../../catalog/index.ts";
import type { Run } from "../../runs/index.ts";

const MONTH_MS: number = 30 * DAY_MS;

export interface HealthLimits {
  readonly backupWithinMs: number;
  readonly verifiedWithinMs: number;
}

/** How long ago one could go back to, and how long that takes. */
export interface Recovery {
  /** Of the newest whole backup. */
  readonly newestAgeMs?: number | undefined;
  /** Of the newest backup that was read back and found sound: what is surely not lost. */
  readonly verifiedAgeMs?: number | undefined;
  /** How long bringing a backup back took the last time; `verify` reads and checks all of it, and writes nothing in place. */
  readonly restoreTime?:
    | { readonly durationMs: number; readonly measuredAt: string; readonly by: "drill" | "verify" }
    | undefined;
}

/** How much is kept, and how that grows. */
export interface Holdings {
  readonly archives: number;
  readonly snapshots: number;
  readonly storedBytes: number;
  /** Stored within the last 30 days. */
  readonly storedLastMonthBytes: number;
  /** Captured by the newest whole backup, and how much more that is than 30 days before. */
  readonly sizeBytes?: number | undefined;
  readonly grewBytes?: number | undefined;
}

/** What a job did last. */
export interface JobStatus {
  readonly job: string;
  readonly last?: Run | undefined;
  /** ISO 8601; absent where no timer is known. */
  readonly next?: string | undefined;
}

export interface HealthFacts {
  readonly now: Date;
  readonly list: BackupList;
  readonly runs: readonly Run[];
  readonly limits: HealthLimits;
}

/** What makes this installation unsafe, in sentences; nothing when it is well backed up. Storages that cannot be read are told elsewhere. */
export function findStaleness({ now, list, runs, limits }: HealthFacts): string[] {
  return [...staleBackups(now, list, limits), ...failedJobs(runs)];
}

function staleBackups(now: Date, list: BackupList, limits: HealthLimits): string[] {
  const { backups } = list;
  const newest = backups.find(isWhole);
  if (newest === undefined) {
    // Of what cannot be read nothing is claimed.
    if (list.problems.length > 0) return [];
    return [backups.length > 0 ? "no backup is whole" : "no backup was made yet"];
  }
  const age = ageOf(newest.createdAt, now);
  if (age > limits.backupWithinMs) {
    const limit = formatDuration(limits.backupWithinMs);
    return [`no backup for ${formatDuration(age)} (more than ${limit})`];
  }
  // Where none was ever verified, the first one has been waiting for it.
  const verified = newestVerified(backups) ?? backups.at(-1);
  const waited = verified === undefined ? 0 : ageOf(verified.createdAt, now);
  if (waited <= limits.verifiedWithinMs) return [];
  const limit = formatDuration(limits.verifiedWithinMs);
  return [`no backup of the last ${formatDuration(waited)} was verified (more than ${limit})`];
}

function failedJobs(runs: readonly Run[]): string[] {
  return lastOfEach(runs)
    .filter(({ result }) => result === "failed" || result === "interrupted")
    .map(({ job, result, startedAt, error }) => {
      const why = error === undefined ? "" : `: ${error.message}`;
      return `job ${job} ${result === "failed" ? "failed" : "was interrupted"} at ${startedAt}${why}`;
    });
}

/** The newest run of each job that is not under way. @param runs - Newest first. */
export function lastOfEach(runs: readonly Run[]): Run[] {
  const ended = runs.filter(({ result }) => result !== "running");
  return [...Map.groupBy(ended, ({ job }) => job).values()].flatMap(([last]) => last ?? []);
}

export function measureRecovery({ now, list, runs }: HealthFacts): Recovery {
  const newest = list.backups.find(isWhole);
  const verified = newestVerified(list.backups);
  const read = runs.find(({ job, result }) => result === "success" && isRestoring(job));
  return {
    newestAgeMs: newest === undefined ? undefined : ageOf(newest.createdAt, now),
    verifiedAgeMs: verified === undefined ? undefined : ageOf(verified.createdAt, now),
    restoreTime:
      read?.durationMs === undefined || read.facts.backup === undefined
        ? undefined
        : {
            durationMs: read.durationMs,
            measuredAt: read.startedAt,
            by: read.job === "drill" ? "drill" : "verify",
          },
  };
}

export function measureHoldings({
  now,
  list: { backups },
}: Pick<HealthFacts, "now" | "list">): Holdings {
  const sum = (those: readonly Backup[]) => those.reduce((total, it) => total + it.storedBytes, 0);
  const isRecent = ({ createdAt }: Backup) => ageOf(createdAt, now) <= MONTH_MS;
  const newest = backups.find(isWhole);
  const before = backups.filter(isWhole).find((backup) => !isRecent(backup));
  return {
    archives: backups.filter(({ kind }) => kind === "archive").length,
    snapshots: backups.filter(({ kind }) => kind === "snapshot").length,
    storedBytes: sum(backups),
    storedLastMonthBytes: sum(backups.filter(isRecent)),
    sizeBytes: newest?.sizeBytes,
    grewBytes:
      newest === undefined || before === undefined
        ? undefined
        : newest.sizeBytes - before.sizeBytes,
  };
}

function isRestoring(job: string): boolean {
  return job === "drill" || job === "verify";
}

function isWhole({ scope, degraded }: Backup): boolean {
  return scope.full && !degraded;
}

function newestVerified(backups: readonly Backup[]): Backup | undefined {
  return backups.find((backup) => isWhole(backup) && backup.verifiedAt !== undefined);
}

/** A backup of the future is a moment old. */
function ageOf(time: string, now: Date): number {
  return Math.max(0, now.getTime() - new Date(time).getTime());
}
