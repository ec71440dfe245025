import type { Clock, Secret } from "../../base/index.ts";
import type { RetryOptions } from "../retry-options.ts";

export interface S3StorageOptions {
  readonly bucket: string;
  /** Everything is kept below it. @default the whole bucket */
  readonly prefix?: string | undefined;
  /** @default what the profile or the environment says, else the preset's, else `us-east-1` */
  readonly region?: string | undefined;
  /** `https://host[:port]`. @default the preset's, else AWS */
  readonly endpoint?: string | undefined;
  /** Bucket in the path or in the host name. @default the preset's */
  readonly addressing?: "path" | "virtual" | undefined;
  /** A profile of the AWS configuration files. */
  readonly profile?: string | undefined;
  /** Stored keys; without them the AWS default chain is asked. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
  /** What the service encrypts with: a KMS key, keys of its own, or as the bucket has it. */
  readonly sse: "kms" | "s3" | "none";
  /** Id, alias or ARN. @default with `sse: "kms"`, the account's `aws/s3` key */
  readonly kmsKeyId?: string | undefined;
  /** Twelve digits. Sent with each request to AWS, which refuses a bucket of somebody else. */
  readonly expectedBucketOwner?: string | undefined;
  /** Name of one of `STORAGE_PRESETS`. @default the one whose hosts match the endpoint */
  readonly preset?: string | undefined;
  /** For the preset's `{account}` in its endpoint. */
  readonly account?: string | undefined;
  /** Overrides what the preset says of `If-None-Match: *`. */
  readonly conditionalCreate?: boolean | undefined;
  /** Bytes a second, both directions together. @default unlimited */
  readonly bandwidth?: number | undefined;
  /** Repeats the parts of an upload, and resumes downloads. @default the defaults of `RetryOptions` */
  readonly retry?: RetryOptions | undefined;
  readonly timeouts?: S3Timeouts | undefined;
  readonly clock: Clock;
}

export interface S3Timeouts {
  /** @default 10_000 */
  readonly connectMs?: number | undefined;
  /** A request whose connection carries nothing for so long has failed. @default 60_000 */
  readonly idleMs?: number | undefined;
  /** A download that gives nothing for so long is resumed. @default 30_000 */
  readonly downloadIdleMs?: number | undefined;
}

export type ResolvedTimeouts = { readonly [K in keyof S3Timeouts]-?: NonNullable<S3Timeouts[K]> };

/** Fills in the defaults. */
export function resolveTimeouts(timeouts: S3Timeouts = {}): ResolvedTimeouts {
  return {
    connectMs: timeouts.connectMs ?? 10_000,
    idleMs: timeouts.idleMs ?? 60_000,
    downloadIdleMs: timeouts.downloadIdleMs ?? 30_000,
  };
}
