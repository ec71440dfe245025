import { BackupError, formatSize, quote } from "../base/index.ts";

/** There is no object under `key`. */
export function objectNotFound(location: string, key: string, cause?: unknown): BackupError {
  return new BackupError(
    "storage-object-not-found",
    `object ${quote(key)} does not exist in ${location}`,
    { details: { location, key }, cause },
  );
}

/** An object with other bytes exists where one was to be created. */
export function objectExists(location: string, key: string, cause?: unknown): BackupError {
  return new BackupError(
    "storage-conflict",
    `object ${quote(key)} exists already in ${location} with other content`,
    { details: { location, key }, hint: "nothing was replaced; use another name", cause },
  );
}

/** An object is larger than its reader is ready to hold. */
export function objectTooLarge(key: string, sizeBytes: number, maxBytes: number): BackupError {
  return new BackupError(
    "limit-exceeded",
    `object ${quote(key)} has ${formatSize(sizeBytes)}, at most ${formatSize(maxBytes)} are read`,
    { details: { key, sizeBytes, maxBytes } },
  );
}
