import { BackupError, type BackupError as Failure } from "../../base/index.ts";
import { type FoundReport, loadSnapshotReports, type SnapshotReport } from "../../catalog/index.ts";
import {
  type BlobLoader,
  listSnapshots,
  type Repository,
  type StoredSnapshot,
} from "../../repository/index.ts";
import type { CallOptions } from "../../storage/index.ts";

/** The snapshot that unchanged files are recognised by. */
export interface ParentSnapshot {
  readonly snapshot: StoredSnapshot;
  readonly report: SnapshotReport;
}

export interface ParentSearch extends CallOptions {
  readonly loader: BlobLoader;
  readonly hostname: string;
  /** What the new snapshot is to hold. */
  readonly classes: readonly string[];
  /** Told of a snapshot that could not be used, and why. */
  readonly onProblem: (error: Failure) => void;
}

/** How far to look back for one that holds all classes, when the newest ones were of a part. */
const MAX_LOOKED_AT = 50;

/**
 * Finds the newest snapshot of this host that Clawback made and that holds every class of the new one, else the newest of any: each file is
 * compared for itself. Those of other programs do not count, because they do not say which files were databases.
 */
export async function findParent(
  repository: Repository,
  search: ParentSearch,
): Promise<ParentSnapshot | undefined> {
  const { loader, hostname, classes, onProblem, signal } = search;
  const { snapshots, problems } = await listSnapshots(repository.storedFiles, { signal });
  for (const { error } of problems) onProblem(error);
  const own = snapshots.filter((snapshot) => snapshot.hostname === hostname);
  let newest: ParentSnapshot | undefined;
  for (const snapshot of own.slice(0, MAX_LOOKED_AT)) {
    const report = await loadReport(loader, snapshot, search);
    if (report instanceof BackupError) onProblem(report);
    if (report === "none" || report instanceof BackupError) continue;
    newest ??= { snapshot, report };
    if (classes.every((each) => report.scope.classes.includes(each))) return { snapshot, report };
  }
  return newest;
}

async function loadReport(
  loader: BlobLoader,
  snapshot: StoredSnapshot,
  { signal }: CallOptions,
): Promise<FoundReport> {
  for await (const [, report] of loadSnapshotReports(loader, [snapshot], { signal })) return report;
  return "none";
}
