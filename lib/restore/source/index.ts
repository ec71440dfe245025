/**
 * What a restore reads: an archive's stored bytes, proved while they flow, or a snapshot's tree and blobs, and what is known of the backup before
 * and after they were read.
 *
 * @module
 */
export { isDegraded, isWhole } from "./completeness.ts";
export { findRoots, findRootsOrWhole, WHOLE_TAR } from "./found-roots.ts";
export { guessClass } from "./guess-class.ts";
export { type KnownBackup, type KnownEntry, readKnownBackup, typeOf } from "./known-backup.ts";
export { damagedPath, restoredPathOf } from "./list-paths.ts";
export { archiveInputs } from "./snapshot-archive.ts";
export { type OpenSnapshotOptions, openSnapshotContents } from "./snapshot-contents.ts";
export { type SourceEntry, type SourceReader, snapshotReader } from "./snapshot-reader.ts";
export { type SnapshotView, viewSnapshot } from "./snapshot-view.ts";
export { archiveBytes, type Keys, StoredBytes } from "./stored-bytes.ts";
