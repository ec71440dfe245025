import { createHash } from "node:crypto";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { BackupError } from "../../base/index.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { download } from "./download.ts";

/** What a put meant to store. */
export interface Content {
  readonly sizeBytes: number;
  /** 64 lowercase hex digits. */
  readonly sha256: string;
  /** The random name given to an upload in the object's metadata. */
  readonly uploadName?: string | undefined;
}

/** The metadata entry that carries {@link Content.uploadName}. */
export const UPLOAD_NAME = "clawback-upload";

/**
 * Whether the object that is there has exactly the bytes of a put whose answer was lost, or that found the key taken.
 *
 * An upload is recognised by the random name in its metadata: one request, and right for any encryption, whereas ETags are hashes
 * only without KMS. Otherwise, when the size is the same, the object is read back and hashed.
 * @returns Its ETag, or undefined when it is another object, or none, or must not be looked at.
 * @throws BackupError when the service cannot tell at the moment
 */
export async function findOwnContent(
  bucket: S3Bucket,
  key: string,
  content: Content,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const input = { ...bucket.base, Key: key };
    const head = await request(bucket, { operation: "HeadObject", key, signal }, (options) =>
      bucket.client.send(new HeadObjectCommand(input), options),
    );
    if (head.ContentLength !== content.sizeBytes) return undefined;
    const { uploadName } = content;
    const isNamed = uploadName !== undefined && head.Metadata?.[UPLOAD_NAME] === uploadName;
    return isNamed || (await hasBytes(bucket, key, content)) ? head.ETag : undefined;
  } catch (error) {
    if (error instanceof BackupError && !error.isRetryable && error.code !== "cancelled") {
      return undefined;
    }
    throw error;
  }
}

async function hasBytes(bucket: S3Bucket, key: string, { sha256 }: Content): Promise<boolean> {
  const hash = createHash("sha256");
  for await (const chunk of download(bucket, key)) hash.update(chunk);
  return hash.digest("hex") === sha256;
}
