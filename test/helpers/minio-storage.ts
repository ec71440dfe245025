import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clawback } from "./clawback.ts";
import type { AccessKey, Minio } from "./minio.ts";

export interface MinioStorageOptions {
  readonly minio: Minio;
  readonly userHome: string;
  readonly bucket: string;
  /** @default "s3" */
  readonly id?: string | undefined;
  /** Credentials other than the administrator's. */
  readonly keys?: AccessKey | undefined;
  /** @default the server's KMS key */
  readonly kmsKey?: string | null | undefined;
  readonly prefix?: string | undefined;
  /** Instead of MinIO's own, such as a proxy before it. */
  readonly endpoint?: string | undefined;
  /** Flags more. */
  readonly flags?: readonly string[] | undefined;
}

/** Configures a bucket of a MinIO as the default storage of a user, through the command line. The bucket must exist. */
export async function addMinioStorage(options: MinioStorageOptions): Promise<void> {
  const { minio, userHome, bucket, id = "s3" } = options;
  const keys = options.keys ?? minio;
  const secretFile = join(userHome, `secret-${id}`);
  writeFileSync(secretFile, `${keys.secretAccessKey}\n`, { mode: 0o600 });
  const kmsKey = options.kmsKey === undefined ? minio.kmsKeyId : options.kmsKey;
  await clawback({ userHome, as: "function" }).json([
    ...["storage", "add", id, "--type", "s3", "--preset", "minio", "--default"],
    ...[
      "--endpoint",
      options.endpoint ?? minio.endpoint,
      "--region",
      minio.region,
      "--bucket",
      bucket,
    ],
    ...["--access-key-id", keys.accessKeyId, "--secret-access-key-file", secretFile],
    ...(kmsKey === null ? [] : ["--kms-key", kmsKey]),
    ...(options.prefix === undefined ? [] : ["--prefix", options.prefix]),
    ...(options.flags ?? []),
  ]);
}
