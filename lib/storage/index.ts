/**
 * Objects in S3, a directory or memory, behind one contract.
 *
 * `contract.ts` says what every storage promises, and `test/conformance/storage-suite.ts` holds each to it. Wrappers add what is the same
 * for all: `withRetry` repeats single requests by the error table, `withBandwidthLimit` slows transfers, `withPrefix` shows a part as
 * a whole. The S3 side is loaded only when it is opened. Services differ by data in `config/storage-presets.ts`.
 * Nothing here knows what the objects mean.
 *
 * @module
 */
import type { ObjectStorage } from "./contract.ts";
import type { S3StorageOptions } from "./s3/index.ts";

export { withBandwidthLimit } from "./bandwidth.ts";
export type * from "./contract.ts";
export {
  type DirectoryStorageOptions,
  openDirectoryStorage,
} from "./directory/index.ts";
export { MemoryStorage, type MemoryStorageOptions } from "./memory.ts";
export { withPrefix } from "./prefix.ts";
export {
  type PresetChoice,
  type ResolvedPreset,
  resolvePreset,
  STORAGE_PRESETS,
  type StoragePreset,
} from "./presets.ts";
export { withRetry } from "./retry.ts";
export type { RetryEvent, RetryOptions } from "./retry-options.ts";
export type { S3StorageOptions, S3Timeouts } from "./s3/index.ts";
export { readServiceTime } from "./service-time.ts";

/**
 * Opens a bucket as storage. Nothing is asked of the service yet; the AWS SDK is loaded here.
 * @throws BackupError `invalid-settings`
 */
export async function openS3Storage(options: S3StorageOptions): Promise<ObjectStorage> {
  const { openS3 } = await import("./s3/index.ts");
  return await openS3(options);
}
