/**
 * Every backup of every kind in one shape, with what was learnt of it later, and the one that a person means.
 *
 * A backup exists when its `backup.json` does, and is listed as good only when that record and the objects beside it agree; what does
 * not is told as a problem and never chosen. Records never change, so each is read once and then kept in one cache
 * object per instance, which checks itself and may be deleted at any time. Marks are learnt from a listing of their keys alone.
 * Nothing here decides what to keep (`retention`) or looks into an archive (`verify`).
 *
 * Read first: `types.ts`, `keys.ts` for what lies where, `select.ts` for what a selector means.
 *
 * @module
 */

export {
  type Catalog,
  type CatalogProblem,
  type FindOptions,
  type OpenCatalogOptions,
  openCatalog,
} from "./catalog.ts";
export { deleteArchive, deleteSnapshot } from "./delete.ts";
export { assertArchiveOf } from "./identity.ts";
export {
  type BackupKeys,
  backupKeys,
  LAYOUT_KEY,
  probePrefix,
  repositoryPrefix,
  wrappedPasswordPrefix,
} from "./keys.ts";
export { ensureLayout, LAYOUT_VERSION } from "./layout.ts";
export { appendMark, listMarks, type MarkedBackup } from "./marks.ts";
export { assertBackupNames } from "./names.ts";
export { decodeBackupRecord, encodeBackupRecord, MAX_RECORD_BYTES } from "./record-codec.ts";
export { loadBackupRecord, saveBackupRecord } from "./records.ts";
export { type Removal, readRemovals, recordRemoval } from "./removals.ts";
export { oncePerId } from "./select.ts";
export * from "./snapshots/index.ts";
export type * from "./types.ts";
export { findUncommitted, type UncommittedArchive } from "./uncommitted.ts";
export {
  applyUndelete,
  type DeletedBackup,
  listDeleted,
  planUndelete,
  type UndeleteItem,
  type UndeletePlan,
  type UndeleteWish,
} from "./undelete.ts";
