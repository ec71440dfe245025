/**
 * Storage in an S3 bucket, at AWS or at a service that speaks its protocol.
 *
 * Loaded only when such a storage is opened, because the SDK costs 100 ms. `bucket.ts` makes single requests and translates their errors,
 * by the table in `errors.ts` and nowhere else; uploads and downloads are built over it. An operation of one request is never
 * repeated here (`withRetry` does that); parts of an upload and the rest of a broken download are, by the same rules. What
 * differs between services is data: `config/storage-presets.ts`.
 *
 * Uploaded bytes are proved: every body is signed with its SHA-256, which the service checks; the SHA-256 of the whole is
 * computed while it is sent, and returned. Read first: `bucket.ts`, then `upload.ts` and `download.ts`.
 *
 * @module
 */
export { openS3 } from "./open.ts";
export type { S3StorageOptions, S3Timeouts } from "./options.ts";
