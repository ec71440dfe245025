import type { Backup } from "../../catalog/index.ts";
import { loadSnapshot, type Node } from "../../repository/index.ts";
import type { SelectOptions } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { openSnapshotSource } from "./any-source.ts";
import { readCatalog } from "./inspect.ts";
import type { OpenedSnapshot } from "./show-snapshot.ts";
import { absoluteIn, findNode } from "./snapshot-paths.ts";

/** A content that a path had, from the first snapshot with it to the last one before it changed. */
export interface FileVersion {
  readonly type: Node["type"] | "absent";
  readonly sizeBytes: number;
  /** When the file was changed, as its node says; null where there is none. */
  readonly mtime: string | null;
  readonly storage: string;
  /** The oldest snapshot that has it, and when that was made. */
  readonly snapshot: string;
  readonly since: string;
  /** The newest one. */
  readonly lastSnapshot: string;
  readonly until: string;
  readonly snapshots: number;
}

export interface HistoryReport {
  readonly path: string;
  /** Newest first. */
  readonly versions: readonly FileVersion[];
}

/** Every version of a path that snapshots of one instance have, newest first. Each storage has a history of its own. */
export async function readHistory(
  app: AppContext,
  path: string,
  options: SelectOptions & { readonly session?: string | undefined } = {},
): Promise<HistoryReport> {
  const { instance, storage, session } = options;
  const { backups } = await readCatalog(app, {
    instance,
    storage,
    session,
    kinds: ["snapshot"],
    mayAsk: true,
  });
  const versions: FileVersion[] = [];
  let shown = path;
  for (const same of Map.groupBy(backups, (backup) => backup.storage).values()) {
    // One of ours says where the state directory was.
    const backup = same.find(({ scope }) => scope.classes.length > 0) ?? same[0];
    if (backup === undefined) continue;
    const place = await app.storages.open(backup.storage);
    const opened = await openSnapshotSource(app, { backup, place });
    shown = absoluteIn(opened, path);
    versions.push(...(await versionsIn(app, opened, shown, same)));
  }
  versions.sort((a, b) => (a.since < b.since ? 1 : -1));
  // Before the first one it was not there yet, which says nothing.
  while (versions.at(-1)?.type === "absent") versions.pop();
  return { path: shown, versions };
}

/** Directories above that did not change are the same trees, so that most snapshots are told apart by one. */
async function versionsIn(
  { signal }: AppContext,
  opened: OpenedSnapshot,
  path: string,
  backups: readonly Backup[],
): Promise<FileVersion[]> {
  const versions: (FileVersion & { key: string })[] = [];
  for (const backup of backups) {
    const snapshot = await loadSnapshot(opened.repository.storedFiles, backup.id, { signal });
    const found = await findNode({ ...opened, snapshot }, path, signal);
    // What a partial snapshot lacks may have been there all the same.
    if (found === undefined && !backup.scope.full) continue;
    const version = versionOf(backup, found?.node);
    const last = versions.at(-1);
    if (last?.key !== version.key) versions.push(version);
    else {
      const { snapshot: id, since, mtime } = version;
      const snapshots = last.snapshots + 1;
      versions[versions.length - 1] = { ...last, snapshot: id, since, mtime, snapshots };
    }
  }
  return versions.map(({ key: _, ...version }) => version);
}

function versionOf(backup: Backup, node: Node | undefined): FileVersion & { key: string } {
  const { id, createdAt, storage } = backup;
  const { type, content, subtree, linkTarget } = node ?? {};
  return {
    key: JSON.stringify([type, content, subtree, linkTarget]),
    type: type ?? "absent",
    sizeBytes: Number(node?.sizeBytes ?? 0n),
    mtime: node?.mtime ?? null,
    storage,
    snapshot: id,
    since: createdAt,
    lastSnapshot: id,
    until: createdAt,
    snapshots: 1,
  };
}
