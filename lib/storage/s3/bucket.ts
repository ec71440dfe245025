import type { S3Client } from "@aws-sdk/client-s3";
import { assertNotCancelled, type Clock } from "../../base/index.ts";
import type { ResolvedPreset } from "../presets.ts";
import type { ResolvedRetryOptions } from "../retry-options.ts";
import type { RequestEncryption } from "./encryption.ts";
import { type S3Operation, translateS3Error } from "./errors.ts";
import type { ResolvedTimeouts } from "./options.ts";

/** A bucket with all that requests to it have in common. */
export interface S3Bucket {
  readonly client: S3Client;
  /** `s3://name` */
  readonly location: string;
  /** Where it is, for messages. */
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  /** Part of every request. */
  readonly base: { readonly Bucket: string; readonly ExpectedBucketOwner?: string };
  readonly encryption: RequestEncryption;
  readonly service: Pick<
    ResolvedPreset,
    "checksums" | "conditionalCreate" | "equalParts" | "partConcurrency" | "versioning"
  >;
  readonly retry: ResolvedRetryOptions;
  readonly timeouts: ResolvedTimeouts;
  readonly clock: Clock;
}

export interface S3Request {
  readonly operation: S3Operation;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type SendOptions = { abortSignal?: AbortSignal };

/** Makes one request, once; what it throws is translated, and a cancelled one rejects with `cancelled`. */
export async function request<T>(
  bucket: S3Bucket,
  { operation, key, signal }: S3Request,
  send: (options: SendOptions) => Promise<T>,
): Promise<T> {
  assertNotCancelled(signal);
  try {
    return await send(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    assertNotCancelled(signal);
    throw translateS3Error(error, { operation, key, bucket });
  }
}
