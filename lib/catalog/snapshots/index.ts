/**
 * Snapshots as backups: the report that Clawback puts into each snapshot's own tree, and the one shape in which lists show them.
 *
 * @module
 */
export { type ListSnapshotsOptions, listSnapshotBackups } from "./list-snapshots.ts";
export { type FoundReport, loadSnapshotReports } from "./load-reports.ts";
export {
  DAMAGED_DIRECTORY,
  decodeSnapshotReport,
  encodeSnapshotReport,
  REPORT_DIRECTORY,
  REPORT_NAME,
  type SnapshotDatabase,
  type SnapshotReport,
} from "./report.ts";
export { type SnapshotRecord, toSnapshotRecord } from "./to-record.ts";
