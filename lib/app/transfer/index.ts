/**
 * Backups on their way: to another storage, out as a file, in from one.
 *
 * @module
 */

export { exportBackup } from "./export.ts";
export type { ExportReport } from "./export-snapshot.ts";
export { type ImportOptions, importArchive } from "./import.ts";
export { type SyncReport, type SyncReports, syncBackup, syncBackups } from "./sync.ts";
