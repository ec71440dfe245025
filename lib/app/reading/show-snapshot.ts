import type { Omission } from "../../archive/index.ts";
import { BackupError, toBackupError } from "../../base/index.ts";
import { loadSnapshotReports, REPORT_DIRECTORY, type SnapshotReport } from "../../catalog/index.ts";
import {
  type BlobIndex,
  type BlobLoader,
  type ListedNode,
  listNodes,
  loadSnapshot,
  permissionsOf,
  type Repository,
  type StoredSnapshot,
} from "../../repository/index.ts";
import type { SelectedBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { type OpenRepositoryOptions, openInstanceRepository } from "../repositories/index.ts";

/** A snapshot, ready to be read. */
export interface OpenedSnapshot {
  readonly repository: Repository;
  readonly index: BlobIndex;
  readonly loader: BlobLoader;
  readonly snapshot: StoredSnapshot;
  /** Undefined for a snapshot of another program. */
  readonly report: SnapshotReport | undefined;
}

/** Opens the repository that a snapshot lies in, and reads what it says of itself. */
export async function openSnapshot(
  app: AppContext,
  { backup, place }: SelectedBackup,
  options: Pick<OpenRepositoryOptions, "withoutCache"> = {},
): Promise<OpenedSnapshot> {
  const { signal } = app;
  const repository = await openInstanceRepository(app, place, backup.instance, options);
  const snapshot = await loadSnapshot(repository.storedFiles, backup.id, { signal });
  const index = await repository.loadIndex({ signal });
  const loader = repository.createLoader(index);
  let report: SnapshotReport | undefined;
  for await (const [, found] of loadSnapshotReports(loader, [snapshot], { signal })) {
    if (found instanceof BackupError) throw found;
    if (found !== "none") report = found;
  }
  return { repository, index, loader, snapshot, report };
}

/** An entry of a snapshot as `show` lists it. */
export interface SnapshotFile {
  readonly path: string;
  readonly type: "file" | "dir" | "symlink" | "hardlink";
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtime: string;
  readonly target?: string | undefined;
  /** A snapshot knows the hashes of pieces only. */
  readonly sha256?: undefined;
}

/** What a snapshot holds, in byte order of the paths, and what it left out. */
export async function showSnapshot(
  app: AppContext,
  selected: SelectedBackup,
): Promise<{ readonly files: readonly SnapshotFile[]; readonly omissions: readonly Omission[] }> {
  const { loader, snapshot, report } = await openSnapshot(app, selected);
  const files: SnapshotFile[] = [];
  const enter = ({ path }: ListedNode): boolean => path !== REPORT_DIRECTORY;
  const onProblem = (path: string, error: BackupError): void => {
    const text = `/${path} cannot be listed: ${toBackupError(error).message}`;
    app.onProgress?.({ type: "message", level: "warning", text });
  };
  for await (const listed of listNodes(snapshot.tree, {
    loader,
    enter,
    onProblem,
    signal: app.signal,
  })) {
    if (listed.path !== REPORT_DIRECTORY) files.push(toFile(listed));
  }
  const omissions = (report?.omissions ?? []).map((omission) => omission as Omission);
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), omissions };
}

function toFile({ path, node }: ListedNode): SnapshotFile {
  const { type, sizeBytes = 0n, mode, mtime, linkTarget: target } = node;
  return {
    path: `/${path}`,
    type: type === "dir" || type === "symlink" ? type : "file",
    sizeBytes: Number(sizeBytes),
    mode: permissionsOf(mode),
    mtime,
    ...(target === undefined ? {} : { target }),
  };
}
