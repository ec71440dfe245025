/**
 * Taking snapshots, and what they cost together.
 *
 * @module
 */

export { createSnapshotBackup, planSnapshot, type SnapshotOptions } from "./snapshot.ts";
export {
  applySnapshotCleanup,
  planSnapshotCleanup,
  type SnapshotCleanupPlan,
  type SnapshotCleanupReport,
} from "./snapshot-cleanup.ts";
export { readSnapshotStatus, type SnapshotStatus } from "./snapshot-status.ts";
