/**
 * The ways back: finishing or undoing what was interrupted, and undoing what was done.
 *
 * @module
 */
export { encodeFacts, type JournalFacts, recordOutcome } from "./facts.ts";
export {
  isRestorePending,
  type RecoverOptions,
  recoverInterrupted,
  recoverUnderLock,
} from "./recover.ts";
export { type UndoReport, type UndoRestoreOptions, undoRestore } from "./undo-restore.ts";
