import { PutObjectCommand } from "@aws-sdk/client-s3";
import { isBackupError } from "../../base/index.ts";
import type { PutOptions, PutResult } from "../contract.ts";
import { objectExists } from "../failures.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { assertEncrypted } from "./encryption.ts";
import { findObject } from "./listing.ts";
import { signPayload } from "./payload.ts";
import { type Content, findOwnContent } from "./stored-content.ts";

/** Stores a body with one request. */
export async function putObject(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
  options: PutOptions = {},
): Promise<PutResult> {
  const { ifAbsent = false, signal } = options;
  const command = new PutObjectCommand({
    ...bucket.base,
    ...bucket.encryption,
    ...createOnly(bucket, ifAbsent),
    ...(options.contentType === undefined ? {} : { ContentType: options.contentType }),
    Key: key,
    Body: body,
  });
  const content = {
    sizeBytes: body.byteLength,
    sha256: signPayload(command, body, bucket, options.sha256),
  };
  const result = { key, ...content };
  const present = await findTaken(bucket, key, options);
  if (present) return { ...result, etag: await resolveConflict(bucket, key, content, options) };
  try {
    const output = await request(bucket, { operation: "PutObject", key, signal }, (send) =>
      bucket.client.send(command, send),
    );
    assertEncrypted(bucket.encryption, output, bucket.location);
    return { ...result, etag: output.ETag ?? "" };
  } catch (error) {
    if (!ifAbsent || !isBackupError(error, "storage-conflict")) throw error;
    return { ...result, etag: await resolveConflict(bucket, key, content, options) };
  }
}

/** The header that lets only a new object be made, where the service enforces it. */
export function createOnly(bucket: S3Bucket, ifAbsent: boolean): { readonly IfNoneMatch?: "*" } {
  return ifAbsent && bucket.service.conditionalCreate ? { IfNoneMatch: "*" } : {};
}

/** Whether a key that must be free is taken; asked only where the service does not enforce it. */
export async function findTaken(
  bucket: S3Bucket,
  key: string,
  { ifAbsent = false, signal }: PutOptions,
): Promise<boolean> {
  if (!ifAbsent || bucket.service.conditionalCreate) return false;
  return (await findObject(bucket, key, signal)) !== undefined;
}

/**
 * The ETag of what is stored under a key that was taken, provided that it is what was to be put.
 * @throws BackupError `storage-conflict`
 */
export async function resolveConflict(
  bucket: S3Bucket,
  key: string,
  content: Content,
  { signal }: PutOptions,
): Promise<string> {
  const etag = await findOwnContent(bucket, key, content, signal);
  if (etag === undefined) throw objectExists(bucket.location, key);
  return etag;
}
