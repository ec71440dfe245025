/**
 * What a restore reads: the stored bytes, proved while they flow, and what is known of the archive before and after they did.
 *
 * @module
 */
export { isDegraded, isWhole } from "./completeness.ts";
export { findRoots, WHOLE_TAR } from "./found-roots.ts";
export { guessClass } from "./guess-class.ts";
export { type KnownBackup, type KnownEntry, readKnownBackup, typeOf } from "./known-backup.ts";
export { damagedPath, restoredPathOf } from "./list-paths.ts";
export { archiveBytes, type Keys, StoredBytes } from "./stored-bytes.ts";
