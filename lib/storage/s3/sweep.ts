import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
} from "@aws-sdk/client-s3";
import { BackupError, isBackupError } from "../../base/index.ts";
import type { SweepOptions } from "../contract.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { isUnknownRequest } from "./errors.ts";

/**
 * Aborts, or only counts, uploads below a prefix that were started before a time.
 * @returns How many; zero where the credentials may not list uploads.
 */
export async function sweepMultipartUploads(
  bucket: S3Bucket,
  prefix: string,
  olderThan: Date,
  { signal, countOnly }: SweepOptions,
): Promise<number> {
  let found = 0;
  try {
    for await (const upload of listUploads(bucket, prefix, signal)) {
      if (upload.Initiated === undefined || upload.Initiated >= olderThan) continue;
      if (countOnly || (await abortUpload(bucket, upload, signal))) found += 1;
    }
  } catch (error) {
    const mayNotList =
      isBackupError(error, "storage-access-denied") &&
      error.details.operation === "ListMultipartUploads";
    if (!mayNotList && !isUnknownRequest(error)) throw error;
  }
  return found;
}

async function* listUploads(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<MultipartUpload> {
  let position = {};
  while (true) {
    const asked = { ...bucket.base, Prefix: prefix, ...position };
    const page = await request(bucket, { operation: "ListMultipartUploads", signal }, (send) =>
      bucket.client.send(new ListMultipartUploadsCommand(asked), send),
    );
    yield* page.Uploads ?? [];
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    position = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

/** False when the upload has ended meanwhile. */
async function abortUpload(
  bucket: S3Bucket,
  { Key, UploadId }: MultipartUpload,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const command = new AbortMultipartUploadCommand({ ...bucket.base, Key, UploadId });
    const facts = { operation: "AbortMultipartUpload", key: Key, signal } as const;
    await request(bucket, facts, (send) => bucket.client.send(command, send));
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.details.serviceCode === "NoSuchUpload") return false;
    throw error;
  }
}
