import { createS3Client } from "../../aws/index.ts";
import { BackupError } from "../../base/index.ts";
import { withBandwidthLimit } from "../bandwidth.ts";
import type { ObjectStorage } from "../contract.ts";
import { withPrefix } from "../prefix.ts";
import { type ResolvedPreset, resolvePreset } from "../presets.ts";
import { resolveRetryOptions } from "../retry-options.ts";
import type { S3Bucket } from "./bucket.ts";
import { requestEncryption } from "./encryption.ts";
import { resolveTimeouts, type S3StorageOptions } from "./options.ts";
import { S3Storage } from "./storage.ts";

/** Makes the storage; nothing is asked of the service yet. */
export async function openS3(options: S3StorageOptions): Promise<ObjectStorage> {
  const preset = resolvePreset(options);
  assertUsable(options, preset);
  const timeouts = resolveTimeouts(options.timeouts);
  const client = await createS3Client({
    ...options,
    region: preset.region,
    endpoint: preset.endpoint,
    forcePathStyle: addressingOf(options, preset) === "path",
    connectTimeoutMs: timeouts.connectMs,
    idleTimeoutMs: timeouts.idleMs,
  });
  const owner = preset.id === "aws" ? options.expectedBucketOwner : undefined;
  const bucket: S3Bucket = {
    client,
    location: `s3://${options.bucket}`,
    region: preset.region,
    endpoint: preset.endpoint,
    base: {
      Bucket: options.bucket,
      ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
    },
    encryption: requestEncryption(options),
    service: {
      ...preset,
      conditionalCreate: options.conditionalCreate ?? preset.conditionalCreate,
    },
    retry: resolveRetryOptions({ ...options.retry, clock: options.clock }),
    timeouts,
    clock: options.clock,
  };
  const storage = withPrefix(new S3Storage(bucket), options.prefix ?? "");
  return options.bandwidth === undefined
    ? storage
    : withBandwidthLimit(storage, options.bandwidth, options.clock);
}

/** A certificate for `*.host` does not cover a bucket name with dots. */
function addressingOf(options: S3StorageOptions, preset: ResolvedPreset): "path" | "virtual" {
  if (options.addressing !== undefined) return options.addressing;
  return options.bucket.includes(".") ? "path" : preset.addressing;
}

function assertUsable(options: S3StorageOptions, preset: ResolvedPreset): void {
  const { bucket, sse, kmsKeyId, expectedBucketOwner } = options;
  if (!/^[A-Za-z0-9][\w.-]{1,254}$/.test(bucket)) {
    throw new BackupError(
      "invalid-settings",
      `bucket name ${JSON.stringify(bucket)} is not usable`,
      {
        hint: "give the bucket's name only, without s3:// and without a path",
      },
    );
  }
  if (kmsKeyId !== undefined && sse !== "kms") {
    throw new BackupError("invalid-settings", `a KMS key is given, but encryption is ${sse}`, {
      hint: "set the encryption to kms, or leave the key out",
    });
  }
  if (sse !== "none" && !preset.sse.includes(sse)) {
    throw new BackupError(
      "invalid-settings",
      `${preset.name} has no encryption of the kind ${sse}`,
      {
        hint: `set it to ${["none", ...preset.sse].join(" or ")}, and encrypt on the client`,
      },
    );
  }
  if (expectedBucketOwner !== undefined && !/^\d{12}$/.test(expectedBucketOwner)) {
    throw new BackupError("invalid-settings", "the expected bucket owner is not 12 digits", {
      hint: "give the account id, not a name",
    });
  }
}
