/**
 * The ground under every module: errors, ids, time, sizes, secrets, bounded concurrency. No input or output.
 *
 * `error-codes.ts` holds the one table that maps a failure to its category, exit code, HTTP status and whether a retry can
 * help. Nothing here reads the environment or the disk; only `clock.ts` reads the time.
 *
 * @module
 */
export { bytesOfText, compareByteText, textOfBytes } from "./byte-text.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  allTogether,
  type ConcurrencyOptions,
  forEachConcurrent,
  mapConcurrent,
} from "./concurrency.ts";
export {
  DAY_MS,
  formatDuration,
  HOUR_MS,
  MINUTE_MS,
  parseDuration,
  SECOND_MS,
} from "./durations.ts";
export { ERROR_CODES, type ErrorCategory, type ErrorCode } from "./error-codes.ts";
export {
  assertNotCancelled,
  BackupError,
  type BackupErrorOptions,
  isBackupError,
  systemCode,
  toBackupError,
} from "./errors.ts";
export {
  assertInstanceName,
  createBackupId,
  isBackupId,
  looksGenerated,
  timeOfBackupId,
} from "./ids.ts";
export { type DiffLine, diffLines } from "./line-diff.ts";
export type { OnProgress, OperationOptions, ProgressEvent } from "./progress.ts";
export { Secret } from "./secret.ts";
export { formatSize, GIB, KIB, MIB, parseSize } from "./sizes.ts";
export { count, escapeText, quote } from "./text.ts";
export { parseTime, requireTime, type TimeOptions } from "./times.ts";
export { CLAWBACK_VERSION } from "./version.ts";
export { workerUrl } from "./worker-url.ts";
