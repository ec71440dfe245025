import { toBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader, BlobSaver } from "../blob-store/index.ts";
import { type BlobIndex, BlobSet } from "../index-file/index.ts";
import type { RepositoryLock } from "../lock/index.ts";
import type { Repository } from "../repository.ts";
import {
  listSnapshots,
  loadSnapshot,
  type StoredSnapshot,
  saveSnapshot,
} from "../snapshot/index.ts";
import { shortId } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import { missingBlobs } from "./missing-blobs.ts";
import type { CopiedSnapshot, CopyReport, CopySnapshotsOptions } from "./types.ts";

/**
 * Copies snapshots into another repository. One that is damaged in the source is told in the report, and does not keep the others from being
 * copied; nothing of it that could be taken for whole is left.
 * @throws BackupError `repository-locked`; `not-supported` for a target of version 1;
 *   what the storages throw
 */
export async function copySnapshots(
  source: Repository,
  target: Repository,
  options: CopySnapshotsOptions,
): Promise<CopyReport> {
  const { sourceLock = {}, targetLock, signal: outer } = options;
  await using held =
    sourceLock === false ? undefined : await source.lock({ ...sourceLock, signal: outer });
  await using lock = await target.lock({ ...targetLock, signal: outer });
  const locks = [held, lock].filter((each): each is RepositoryLock => each !== undefined);
  const signals = locks.map((each) => each.signal);
  const signal = AbortSignal.any(outer === undefined ? signals : [...signals, outer]);
  return { snapshots: await copyAll(source, target, { ...options, signal }) };
}

async function copyAll(
  source: Repository,
  target: Repository,
  options: CopySnapshotsOptions,
): Promise<CopiedSnapshot[]> {
  const { signal, packBytes } = options;
  const sourceIndex = await source.loadIndex({ signal });
  const targetIndex = await target.loadIndex({ signal });
  const known = await knownCopies(target, { signal });
  const loader = source.createLoader(sourceIndex);
  await using saver = target.createSaver(targetIndex, { packBytes, signal });
  const run: Run = { target, sourceIndex, targetIndex, loader, saver, seen: new BlobSet() };
  const copied: CopiedSnapshot[] = [];
  for (const id of options.snapshots) {
    try {
      const snapshot = await loadSnapshot(source.storedFiles, id, { signal });
      const copyId = known.get(identityOf(snapshot));
      if (copyId !== undefined) copied.push({ id, copyId, ...NOTHING });
      else copied.push(await copyOne(run, snapshot, options));
    } catch (error) {
      const failure = toBackupError(error);
      if (failure.category !== "integrity" && failure.category !== "limits") throw error;
      copied.push({ id, ...NOTHING, error: failure });
      // What was looked at for this one was not all copied.
      run.seen = new BlobSet();
    }
  }
  return copied;
}

interface Run {
  readonly target: Repository;
  readonly sourceIndex: BlobIndex;
  readonly targetIndex: BlobIndex;
  readonly loader: BlobLoader;
  readonly saver: BlobSaver;
  seen: BlobSet;
}

const NOTHING = { copied: false, blobs: 0, storedBytes: 0 } as const;

async function copyOne(
  run: Run,
  snapshot: StoredSnapshot,
  { signal, onProgress, portionBytes }: CopySnapshotsOptions,
): Promise<CopiedSnapshot> {
  const { target, loader, saver, sourceIndex, targetIndex, seen } = run;
  const before = saver.totals;
  onProgress?.({ type: "phase", phase: `copying snapshot ${shortId(snapshot.id)}` });
  const search = { loader, source: sourceIndex, target: targetIndex, seen, portionBytes, signal };
  let bytes = 0;
  for await (const portion of missingBlobs(snapshot.tree, search)) {
    for await (const loaded of loader.loadMany(portion, { signal })) {
      if ("error" in loaded) throw loaded.error;
      await saver.save(loaded.handle.type, loaded.bytes, { id: loaded.handle.id });
      bytes += loaded.bytes.length;
      onProgress?.({ type: "progress", bytes });
    }
    await saver.flush();
  }
  const { id, ...facts } = snapshot;
  const copy = { ...facts, parent: undefined, original: snapshot.original ?? id };
  const saved = await saveSnapshot(target.storedFiles, copy, { signal });
  const after = saver.totals;
  return {
    id,
    copyId: saved.id,
    copied: true,
    blobs: after.dataBlobs + after.treeBlobs - before.dataBlobs - before.treeBlobs,
    storedBytes: after.packedBytes - before.packedBytes,
  };
}

/** What the target has: copies by what they are copies of, and snapshots that were copied from there. */
async function knownCopies(target: Repository, options: CallOptions): Promise<Map<string, Id>> {
  const { snapshots } = await listSnapshots(target.storedFiles, options);
  return new Map(snapshots.map((snapshot) => [identityOf(snapshot), snapshot.id]));
}

/** A repaired snapshot has the original of the damaged one, and another tree. */
function identityOf({ id, original, time, tree }: StoredSnapshot): string {
  return `${original ?? id} ${time} ${tree}`;
}
