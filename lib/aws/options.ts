import type { Secret } from "../base/index.ts";

/** Whose rights are used. Nothing given: what the AWS default chain finds. */
export interface CredentialOptions {
  /** A profile of the AWS configuration files: stored keys, single sign-on, a role, a credential process. */
  readonly profile?: string | undefined;
  /** Stored keys; they win over a profile. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
}

export interface AwsClientOptions extends CredentialOptions {
  /** @default what the profile or the environment says */
  readonly region?: string | undefined;
  /** `https://host[:port]`. @default AWS's own */
  readonly endpoint?: string | undefined;
  /** Connections kept open at most; give at least the number of requests at the same time. @default 32 */
  readonly maxSockets?: number | undefined;
  /** @default 10_000 */
  readonly connectTimeoutMs?: number | undefined;
  /** A request whose connection carries nothing for so long has failed. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined;
}

export interface S3ClientOptions extends AwsClientOptions {
  /** The bucket stands in the path, not in the host name. */
  readonly forcePathStyle: boolean;
}
