/**
 * Looking into backups of either kind: facts, files, differences, versions.
 *
 * @module
 */
export {
  type AnyOpenedSource,
  type OpenedSnapshotSource,
  openAnySource,
  openSnapshotOnly,
  openSnapshotSource,
  withSharedLock,
} from "./any-source.ts";
export { catFile } from "./cat.ts";
export { type DatabaseDifference, type DiffEntry, type DiffReport, diffSnapshots } from "./diff.ts";
export { type HistoryReport, readHistory } from "./history.ts";
export {
  type ArchiveFacts,
  type ArchiveListing,
  type ListOptions,
  listBackups,
  readCatalog,
  showBackup,
} from "./inspect.ts";
export { type ReadThrough, readThrough } from "./read-through.ts";
export { backupSource, looksLikeFile, type OpenedSource, openSource } from "./sources.ts";
