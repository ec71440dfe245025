/**
 * What a restore put away: its description in the home, the list of it, and its removal.
 *
 * @module
 */
export {
  isLastRollback,
  type LastRollback,
  type RollbackChoice,
  readLastRollback,
  type SnapshotBefore,
  saveLastRollback,
} from "./last-rollback.ts";
export {
  describe,
  type ListPreRestoreOptions,
  listPreRestore,
  listRecords,
  type PreRestore,
  removePreRestore,
} from "./list.ts";
export {
  isRecord,
  journalFile,
  type KeptExchange,
  type KeptTree,
  listRecordIds,
  lockPath,
  type PreRestoreRecord,
  removeRecord,
  restoreDirectory,
  saveRecord,
} from "./record.ts";
