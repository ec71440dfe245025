import { BackupError, DAY_MS, GIB, isBackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { RunError } from "../../runs/index.ts";
import type { AppContext } from "../context.ts";
import { readCatalog } from "../reading/index.ts";
import { checkInstanceRepository } from "../repositories/index.ts";
import { verifyBackup } from "../verify.ts";

/** Everything is read at least this often. */
const DEFAULT_DAYS = 30;
/** The newest snapshot is read whole each time up to this size; a larger one once a week. */
const DAILY_SNAPSHOT_BYTES = GIB;
const WEEK_MS: number = 7 * DAY_MS;

export interface RotationReport {
  readonly ok: boolean;
  readonly withinDays: number;
  /** Backups that were read whole. */
  readonly verified: readonly {
    readonly id: string;
    readonly storage: string;
    readonly ok: boolean;
  }[];
  /** Repositories of which the structure and a share of the data were read. */
  readonly repositories: readonly {
    readonly storage: string;
    readonly ok: boolean;
    readonly packs: number;
    readonly packsRead: number;
  }[];
  readonly checked: { readonly files: number; readonly bytes: number; readonly databases: number };
  readonly findings: readonly {
    readonly storage: string;
    readonly code: string;
    readonly message: string;
  }[];
  readonly error?: RunError | undefined;
}

interface Tally {
  readonly verified: RotationReport["verified"][number][];
  readonly repositories: RotationReport["repositories"][number][];
  readonly findings: RotationReport["findings"][number][];
  files: number;
  bytes: number;
  databases: number;
}

/**
 * Reads as much back as has to be read today for everything to be read within so many days: of each repository the structure and a share
 * of the data, the newest archive, the archives that are due, and the newest snapshot whole. Damage, or a storage that cannot be read, is
 * a finding and keeps nothing else from being read.
 *
 * @throws BackupError `not-configured` where there is no backup to verify; `cancelled`
 */
export async function verifyShare(
  app: AppContext,
  withinDays: number = DEFAULT_DAYS,
): Promise<RotationReport> {
  const { backups, problems } = await readCatalog(app, { kinds: ["archive", "snapshot"] });
  if (backups.length + problems.length === 0) {
    throw new BackupError("archive-not-found", "there is no backup to verify yet", {
      hint: "make one with: clawback run snapshot",
    });
  }
  const tally: Tally = {
    ...{ verified: [], repositories: [], findings: [] },
    ...{ files: 0, bytes: 0, databases: 0 },
  };
  for (const { storage, error } of problems) {
    tally.findings.push({ storage, code: error.code, message: error.message });
  }
  const repositories = new Set(
    backups.flatMap((it) => (it.kind === "snapshot" ? [it.storage] : [])),
  );
  for (const storage of repositories)
    await reading(tally, storage, () => checkShare(app, storage, { withinDays, tally }));
  for (const backup of dueToday(backups, app.clock.now(), withinDays))
    await reading(tally, backup.storage, () => verifyOne(app, backup, tally));
  return summarize(tally, withinDays);
}

/**
 * Which backups are read whole today, newest first: the newest archive of each storage if it never was; of the others as many as make a round in
 * the given days, those first that wait longest; the newest snapshot of each storage, unless it is large and another was read this week.
 */
export function dueToday(backups: readonly Backup[], now: Date, withinDays: number): Backup[] {
  const due = [...Map.groupBy(backups, ({ storage }) => storage).values()].flatMap((its) => {
    const archives = its.filter(({ kind }) => kind === "archive");
    const snapshots = its.filter(({ kind }) => kind === "snapshot");
    const [newest, ...older] = archives;
    const share = Math.ceil(archives.length / withinDays);
    const waiting = (newest !== undefined && isDue(newest, now, withinDays) ? [newest] : []).concat(
      older.filter((each) => isDue(each, now, withinDays)).toSorted(longestUnread),
    );
    return [...waiting.slice(0, Math.max(share, 1)), ...dueSnapshot(snapshots, now)];
  });
  return due.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

function isDue({ verifiedAt }: Backup, now: Date, withinDays: number): boolean {
  // An hour early is on time: runs of a day are not exactly a day apart.
  return verifiedAt === undefined || ageOf(verifiedAt, now) > (withinDays - 1) * DAY_MS;
}

function longestUnread(a: Backup, b: Backup): number {
  return (a.verifiedAt ?? "") < (b.verifiedAt ?? "") ? -1 : 1;
}

function dueSnapshot(snapshots: readonly Backup[], now: Date): Backup[] {
  const [newest] = snapshots;
  if (newest === undefined || newest.verifiedAt !== undefined) return [];
  const readThisWeek = snapshots.some(
    ({ verifiedAt }) => verifiedAt !== undefined && ageOf(verifiedAt, now) < WEEK_MS,
  );
  return newest.sizeBytes <= DAILY_SNAPSHOT_BYTES || !readThisWeek ? [newest] : [];
}

function ageOf(time: string, now: Date): number {
  return now.getTime() - new Date(time).getTime();
}

async function checkShare(
  app: AppContext,
  storage: string,
  { withinDays, tally }: { readonly withinDays: number; readonly tally: Tally },
): Promise<void> {
  const readData = { type: "share", days: withinDays } as const;
  const { ok, checked, findings } = await checkInstanceRepository(app, { storage, readData });
  const { packs, packsRead, bytes } = checked;
  tally.repositories.push({ storage, ok, packs, packsRead });
  tally.bytes += bytes;
  tally.findings.push(...findings.map(({ code, message }) => ({ storage, code, message })));
}

async function verifyOne(app: AppContext, backup: Backup, tally: Tally): Promise<void> {
  const { id, storage } = backup;
  const { ok, checked, findings } = await verifyBackup(app, id, { storage });
  tally.verified.push({ id, storage, ok });
  tally.files += checked.files;
  tally.bytes += checked.bytes;
  tally.databases += checked.databases;
  tally.findings.push(...findings.map(({ code, message }) => ({ storage, code, message })));
}

async function reading(tally: Tally, storage: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    tally.findings.push({ storage, code: error.code, message: error.message });
  }
}

function summarize(tally: Tally, withinDays: number): RotationReport {
  const { verified, repositories, findings, files, bytes, databases } = tally;
  const checked = { files, bytes, databases };
  const ok = findings.length === 0;
  const [first] = findings;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
  const error =
    first === undefined
      ? undefined
      : {
          code: first.code,
          message: `storage ${first.storage}: ${first.message}${more}`,
          hint: "see all with: clawback repository check --read-data, and clawback verify BACKUP",
        };
  return { ok, withinDays, verified, repositories, checked, findings, error };
}
