/**
 * Durable lists of renames that are carried out as a whole or not at all, whatever happens in between.
 *
 * An `Exchange` says what shall change places; `stepsOf` makes moves of exchanges; a journal with these moves is written to disk
 * before the first of them. How far it came is never recorded: each move has an end whose name nothing else ever bears, so the disk
 * itself tells, and a journal may be taken up again any number of times. Every change to the disk goes through `FileOperations`.
 *
 * @module
 */
export { type Exchange, stepsOf } from "./exchange.ts";
export {
  beginJournal,
  endJournal,
  type RecoverJournalOptions,
  recoverJournal,
  runJournal,
} from "./journal.ts";
export { diskOperations } from "./operations.ts";
export { hasJournal } from "./record.ts";
export type * from "./types.ts";
