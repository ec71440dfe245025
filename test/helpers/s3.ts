import { randomBytes } from "node:crypto";
import { CreateBucketCommand, type CreateBucketCommandInput, S3Client } from "@aws-sdk/client-s3";
import { Secret, systemClock } from "../../lib/base/index.ts";
import {
  type ObjectStorage,
  openS3Storage,
  type S3StorageOptions,
} from "../../lib/storage/index.ts";
import type { AccessKey } from "./minio.ts";

/** A running S3 server: MinIO, moto, or something in front of one. */
export interface S3Server extends AccessKey {
  readonly endpoint: string;
  readonly region: string;
}

/** A client of one's own, for what a storage does not do. */
export function s3Client(server: S3Server): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    credentials: server,
    forcePathStyle: true,
  });
}

/** Makes a bucket with a new name. */
export async function createBucket(
  server: S3Server,
  input: Partial<CreateBucketCommandInput> = {},
): Promise<string> {
  const bucket = `test-${randomBytes(6).toString("hex")}`;
  const client = s3Client(server);
  await client.send(new CreateBucketCommand({ ...input, Bucket: bucket }));
  client.destroy();
  return bucket;
}

/** Options of a storage on a test server, as its user would give them. */
export function s3Options(
  server: S3Server,
  bucket: string,
  more: Partial<S3StorageOptions> = {},
): S3StorageOptions {
  return {
    bucket,
    preset: "minio",
    endpoint: server.endpoint,
    region: server.region,
    accessKeyId: server.accessKeyId,
    secretAccessKey: new Secret(server.secretAccessKey),
    sse: "none",
    clock: systemClock,
    ...more,
  };
}

/** Opens an empty part of a bucket. */
export async function openEmptyS3(
  server: S3Server,
  bucket: string,
  more: Partial<S3StorageOptions> = {},
): Promise<ObjectStorage> {
  const prefix = `empty/${randomBytes(6).toString("hex")}`;
  return await openS3Storage(s3Options(server, bucket, { prefix, ...more }));
}
