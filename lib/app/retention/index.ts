/**
 * Which backups are kept and why, and the removal of the others, with what killed runs left in the storages.
 *
 * @module
 */
export { findAbandoned, sweepAbandoned, type UnfinishedArchive } from "./abandoned.ts";
export {
  type ApplyRetentionOptions,
  applyInstanceRetention,
  type PrunedRepository,
  type RetentionFailure,
  type RetentionReport,
} from "./apply-retention.ts";
export {
  openPlaces,
  planInstanceRetention,
  type RetentionChoice,
  type RetentionReview,
} from "./retention.ts";
