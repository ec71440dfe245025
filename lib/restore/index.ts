/**
 * Restores archives and snapshots as transactions: plan, stage and verify in one download, swap by rename, undo.
 *
 * `planRestore` only reads. `applyRestore` writes into stages beside what will be replaced, proves every byte there, and then moves
 * names: until that swap nothing live has changed, after it the former state stands in pre-restore trees, and `recoverInterrupted`
 * leaves the old state or the new one after a crash at any instant. A restore elsewhere fills `target` as if it were the user's home:
 * the state directory stands in it under its own name, what lay outside the state directory where it lay relative to it, or by
 * its absolute path (`plan.roots` says what stands where).
 *
 * `planRollback` and `applyRollback` do the same for single paths of a snapshot, where they differ.
 *
 * In the home, `restore/` holds the journal of a restore under way, its lock, and a description of each pre-restore state.
 * Read first: `plan/`, then `apply/`; `layout/` and `scope/` say what goes where and what stays, `recover/` is the way back.
 *
 * @module
 */
export { type ApplyRestoreOptions, applyRestore } from "./apply/index.ts";
export {
  type LastRollback,
  type ListPreRestoreOptions,
  listPreRestore,
  type PreRestore,
  type RollbackChoice,
  readLastRollback,
  removePreRestore,
} from "./kept/index.ts";
export { planRestore } from "./plan/index.ts";
export type { PreparedRestore } from "./prepared.ts";
export {
  isRestorePending,
  type RecoverOptions,
  recoverInterrupted,
  type UndoReport,
  type UndoRestoreOptions,
  undoRestore,
} from "./recover/index.ts";
export {
  type ApplyRollbackOptions,
  applyRollback,
  type LeftPath,
  type PlanRollbackOptions,
  type PreparedRollback,
  planRollback,
  type RollbackEntry,
  type RollbackPlan,
  type RollbackReport,
  type SavedNow,
  type SnapshotBefore,
} from "./rollback/index.ts";
export { archiveInputs, type OpenSnapshotOptions, openSnapshotContents } from "./source/index.ts";
export type * from "./types.ts";
