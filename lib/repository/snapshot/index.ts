/**
 * Snapshots: a time, paths, and the tree that held them.
 *
 * A snapshot is stored last, once all it names is there, and never changed; its id is the hash of the stored bytes. Times keep their zone and
 * digits, and fields of later versions are kept. How the bytes are encrypted and stored is handed in (`stored-file`).
 *
 * @see restic doc/design.rst, "Snapshots"
 * @module
 */
export { decodeSnapshot, encodeSnapshot } from "./codec.ts";
export {
  describeSnapshot,
  findLatestSnapshot,
  findSnapshotId,
  groupSnapshots,
  type LatestFilter,
  type SnapshotGroup,
} from "./find.ts";
export {
  listSnapshots,
  loadSnapshot,
  type SnapshotList,
  type SnapshotProblem,
  saveSnapshot,
} from "./snapshot-files.ts";
export type { Snapshot, SnapshotFiles, SnapshotSummary, StoredSnapshot } from "./types.ts";
