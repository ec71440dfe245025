import { type BackupError, mapConcurrent, toBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { timestampNs } from "../timestamp.ts";
import type { Id } from "../types.ts";
import { decodeSnapshot, encodeSnapshot } from "./codec.ts";
import type { Snapshot, SnapshotFiles, StoredSnapshot } from "./types.ts";

/** Small files from a distant storage: most of the time is waiting. */
const CONCURRENT_LOADS = 8;

/** A snapshot file that could not be read. */
export interface SnapshotProblem {
  readonly id: Id;
  readonly error: BackupError;
}

export interface SnapshotList {
  /** Newest first; of equal times by id. */
  readonly snapshots: readonly StoredSnapshot[];
  /** By id. What is in doubt must not be pruned: whoever removes data stops when there is one. */
  readonly problems: readonly SnapshotProblem[];
}

/** @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded`; what the storage throws */
export async function loadSnapshot(
  files: SnapshotFiles,
  id: Id,
  options: CallOptions = {},
): Promise<StoredSnapshot> {
  return decodeSnapshot(await files.load("snapshot", id, options), id);
}

/** Stores a snapshot, which is the last step of making one: everything it names has to be stored already. */
export async function saveSnapshot(
  files: SnapshotFiles,
  snapshot: Snapshot,
  options: CallOptions = {},
): Promise<StoredSnapshot> {
  const json = encodeSnapshot(snapshot);
  return decodeSnapshot(json, await files.save("snapshot", json, options));
}

/**
 * Loads every snapshot. A damaged one is told beside the others, and one that was forgotten since the listing is passed over.
 * @throws BackupError `cancelled`; what the storage throws, except for single files
 */
export async function listSnapshots(
  files: SnapshotFiles,
  options: CallOptions = {},
): Promise<SnapshotList> {
  const snapshots: StoredSnapshot[] = [];
  const problems: SnapshotProblem[] = [];
  const load = ({ id }: { readonly id: Id }) => tryLoad(files, id, options);
  const listed = files.list("snapshot", options);
  const limits = { limit: CONCURRENT_LOADS, signal: options.signal };
  for await (const found of mapConcurrent(listed, load, limits)) {
    if (!("error" in found)) snapshots.push(found);
    else if (found.error.code !== "data-missing") problems.push(found);
  }
  return { snapshots: snapshots.sort(compareNewestFirst), problems };
}

async function tryLoad(
  files: SnapshotFiles,
  id: Id,
  options: CallOptions,
): Promise<StoredSnapshot | SnapshotProblem> {
  try {
    return await loadSnapshot(files, id, options);
  } catch (error) {
    const failure = toBackupError(error);
    // Of a storage that fails, not of this one file.
    if (failure.category !== "integrity" && failure.category !== "limits") throw error;
    return { id, error: failure };
  }
}

function compareNewestFirst(a: StoredSnapshot, b: StoredSnapshot): number {
  const [x, y] = [timestampNs(a.time), timestampNs(b.time)];
  if (x !== y) return x > y ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
