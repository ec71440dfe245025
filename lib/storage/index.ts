import { BackupError } from "../base/index.ts";
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

const unwritten = (): never => {
  throw new BackupError("internal", "storage is being written");
};
export async function openS3Storage(_options: S3StorageOptions): Promise<ObjectStorage> {
  return unwritten();
}
