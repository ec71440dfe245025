import type { OnProgress } from "../base/index.ts";

/** One stored object as a listing or a head request shows it. */
export interface ObjectInfo {
  /** Relative to the storage's prefix: no leading slash, `/` between segments. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Changes whenever the content changes. Opaque: multipart ETags are not hashes. */
  readonly etag: string;
}

export interface ObjectVersion extends ObjectInfo {
  readonly versionId: string;
  readonly isLatest: boolean;
  /** True for the marker that a deletion left; such a version has no bytes. */
  readonly isDeleteMarker: boolean;
}

/** What a storage can do; asked once, by looking at the service where that is possible. */
export interface StorageFeatures {
  /** `ifAbsent` is enforced by the service itself (`If-None-Match: *`, or link(2) for a directory). */
  readonly conditionalCreate: boolean;
  /** Deleted and overwritten objects stay readable as versions. Undefined: not known or not allowed to ask. */
  readonly versioning: boolean | undefined;
  readonly objectLock: boolean | undefined;
  /** What the service encrypts objects with, as configured for this storage. */
  readonly serverSideEncryption: "kms" | "s3" | "none";
  /** All parts of a multipart upload but the last must be of equal size (R2). */
  readonly equalParts: boolean;
}

export interface CallOptions {
  /** Ends the call; it rejects with `cancelled`, and nothing half-written stays visible. */
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions extends CallOptions {
  /**
   * Fails with `storage-conflict` when the object exists. Where the service cannot enforce it, it is checked by listing just
   * before, which two writers at once can pass. A lost response is no conflict: when the object that is there has exactly the
   * bytes of this call, the put has succeeded.
   * @default false
   */
  readonly ifAbsent?: boolean | undefined;
  readonly contentType?: string | undefined;
  /**
   * SHA-256 of a whole body, 64 lowercase hex digits, where the caller knows it. S3 signs with it instead of computing it, so that the
   * service refuses other bytes; other storages compute what they answer all the same.
   */
  readonly sha256?: string | undefined;
}

export interface PutStreamOptions extends PutOptions {
  /**
   * Expected size; S3 sizes the parts by it, so that the 10,000-part limit holds. The stream may be half as large again, or smaller;
   * beyond what the parts hold it fails with `limit-exceeded`. Without it that is 78 GiB.
   */
  readonly estimatedSizeBytes?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface PutResult {
  readonly key: string;
  readonly sizeBytes: number;
  /** Of the bytes as stored, 64 lowercase hex digits, computed while they were sent. */
  readonly sha256: string;
  readonly etag: string;
}

/**
 * Bytes `offsetBytes` to `offsetBytes + lengthBytes - 1`; without a length, to the end. A range that reaches over the end gives what
 * there is, one that starts behind it nothing.
 */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes?: number | undefined;
}

export interface GetOptions extends CallOptions {
  readonly range?: ByteRange | undefined;
  /** Reads this version (of `listVersions`) instead of the current one; its marker of a deletion is an absent object. */
  readonly versionId?: string | undefined;
}

export interface SweepOptions extends CallOptions {
  /** Removes nothing: only tells how many there are. @default false */
  readonly countOnly?: boolean | undefined;
}

export interface ListOptions extends CallOptions {
  /** Leaves out this key and those before it; a listing that broke off goes on with it. */
  readonly startAfter?: string | undefined;
}

/**
 * A place that keeps named byte sequences: memory, a directory, or S3, behind one contract.
 *
 * - **Keys** are relative, UTF-8, 1 to 900 bytes, without empty, `.` or `..` segments (`invalid-argument`).
 * - **Atomic**: an object is visible whole or not at all; a failed or cancelled put leaves nothing visible, and no parts.
 * - **Read after write**: what a put has confirmed, the next get, head and list show.
 * - **Repeating** get, head, list, delete and a put with the same bytes is harmless. A stream put is never repeated by a storage or
 *   a wrapper, because its source is consumed; its single parts are.
 * - **Retries** of single requests are made by `withRetry` (over the error table), and only there.
 * - **Errors** are `BackupError`s: `storage-access-denied` (details.action names the missing permission), `storage-not-found` (bucket
 *   or directory), `storage-object-not-found`, `storage-conflict`, `storage-unavailable`, `storage-throttled`, `storage-timeout`,
 *   `storage-full`, `storage-rejected` (the service refuses the request for another reason), `cancelled`.
 *   A refused request is never taken for absence.
 */
export interface ObjectStorage extends AsyncDisposable {
  /** For messages and reports: `s3://bucket/prefix`, `/srv/backups`, `memory`. No credentials. */
  readonly location: string;
  features(options?: CallOptions): Promise<StorageFeatures>;

  /** Stores `body` under `key`, replacing what is there unless `ifAbsent`. For bodies that fit in memory (at most 64 MiB). */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutResult>;
  /** Stores a stream of unknown length with bounded memory. An error of `body` aborts the upload and is rethrown as it is. */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<PutResult>;

  /**
   * Reads an object (or a range) of at most `maxBytes` into memory.
   * @throws BackupError `storage-object-not-found`; `limit-exceeded` when there is more than `maxBytes`
   */
  get(key: string, maxBytes: number, options?: GetOptions): Promise<Uint8Array>;
  /**
   * Reads an object (or a range) as chunks. A stalled or broken transfer is resumed by range, provided the ETag is unchanged
   * (`data-corrupt` otherwise). Ending the iteration early closes the connection.
   */
  getStream(key: string, options?: GetOptions): AsyncIterable<Uint8Array>;
  /**
   * Facts about one object, undefined when it does not exist. Existence is asked by listing with the key as prefix, because
   * without the list permission S3 answers 403 to a HEAD of an absent object.
   */
  find(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
  /** Objects whose key starts with `prefix`, in byte order of their keys, lazily. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** The distinct first segments below `prefix` (which is empty or ends with `/`), each without its slash, in byte order. */
  listFolders(prefix: string, options?: CallOptions): AsyncIterable<string>;
  /** Every version below `prefix`, newest first per key; only the current ones where there is no versioning. */
  listVersions(prefix: string, options?: CallOptions): AsyncIterable<ObjectVersion>;
  /** Removes an object; one that is absent already is no error. */
  delete(key: string, options?: CallOptions): Promise<void>;

  /**
   * Aborts multipart uploads (removes temporary files) below `prefix` that were started before `olderThan`, left by killed processes.
   * @returns How many were removed, or would be. Zero where the credentials may not list uploads.
   */
  sweepUploads(prefix: string, olderThan: Date, options?: SweepOptions): Promise<number>;
}
