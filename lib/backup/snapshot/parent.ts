import { BackupError, type BackupError as Failure } from "../../base/index.ts";
import { loadSnapshotReports, type SnapshotReport } from "../../catalog/index.ts";
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
  /** Told of a snapshot that could not be used, and why. */
  readonly onProblem: (error: Failure) => void;
}

/**
 * Finds the newest snapshot of this host that Clawback made, whatever its roots: each file is compared for itself. Those of other programs
 * do not count, because they do not say which files were databases.
 */
export async function findParent(
  repository: Repository,
  search: ParentSearch,
): Promise<ParentSnapshot | undefined> {
  const { loader, hostname, onProblem, signal } = search;
  const { snapshots, problems } = await listSnapshots(repository.storedFiles, { signal });
  for (const { error } of problems) onProblem(error);
  for (const snapshot of snapshots) {
    if (snapshot.hostname !== hostname) continue;
    for await (const [, report] of loadSnapshotReports(loader, [snapshot], { signal })) {
      if (report instanceof BackupError) onProblem(report);
      else if (report !== "none") return { snapshot, report };
    }
  }
  return undefined;
}
