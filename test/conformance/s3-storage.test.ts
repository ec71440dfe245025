import { afterAll, beforeAll } from "vitest";
import { MIB, systemClock } from "../../lib/base/index.ts";
import { withRetry } from "../../lib/storage/index.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket, openEmptyS3 } from "../helpers/s3.ts";
import { describeStorage } from "./storage-suite.ts";

const largeBytes = 19 * MIB + 12_345;

describeWith("minio", "MinIO", () => {
  let minio: Minio;
  let bucket: string;
  let versioned: string;
  beforeAll(async () => {
    minio = await startMinio();
    bucket = await createBucket(minio);
    versioned = await createBucket(minio, { ObjectLockEnabledForBucket: true });
  });
  afterAll(async () => {
    await minio?.[Symbol.asyncDispose]();
  });

  describeStorage("a MinIO bucket", () => openEmptyS3(minio, bucket), {
    largeBytes,
    manyObjects: 1050,
  });
  describeStorage(
    "a MinIO bucket with SSE-KMS",
    () => openEmptyS3(minio, bucket, { sse: "kms", kmsKeyId: minio.kmsKeyId }),
    { largeBytes },
  );
  describeStorage(
    "a versioned MinIO bucket with SSE-S3 and retries",
    async () =>
      withRetry(await openEmptyS3(minio, versioned, { sse: "s3" }), { clock: systemClock }),
    { largeBytes, triesWrongHash: false },
  );
  describeStorage(
    "a MinIO bucket addressed as AWS",
    () => openEmptyS3(minio, bucket, { preset: "aws", addressing: "path" }),
    { largeBytes },
  );
  describeStorage(
    "a MinIO bucket of an unknown service",
    () => openEmptyS3(minio, bucket, { preset: "other" }),
    { largeBytes, conditionalCreate: false },
  );
});

describeWith("moto", "moto", () => {
  let moto: Moto;
  let bucket: string;
  beforeAll(async () => {
    moto = await startMoto();
    bucket = await createBucket(moto);
  });
  afterAll(async () => {
    await moto?.[Symbol.asyncDispose]();
  });

  describeStorage(
    "a moto bucket",
    () => openEmptyS3(moto, bucket, { preset: "aws", addressing: "path" }),
    { largeBytes, manyObjects: 1050, triesWrongHash: false },
  );
});
