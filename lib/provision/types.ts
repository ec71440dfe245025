import type { Level, Trust } from "./policies/index.ts";

/** Where things are made, as far as it matters for what can be made. */
export interface Service {
  readonly kind: "aws" | "other";
  /** For people: `Amazon S3`, `MinIO`. */
  readonly name: string;
  readonly hasVersions: boolean;
  /** It can encrypt a bucket with a named key. */
  readonly hasKms: boolean;
  /** It is reached by https. */
  readonly isSecure: boolean;
}

/** Which key the bucket encrypts with. */
export type KeyWish =
  | { readonly kind: "new"; readonly alias: string }
  | { readonly kind: "existing"; readonly id: string }
  | { readonly kind: "none" };

/** What shall stand in the account; everything else follows from it. */
export interface Blueprint {
  readonly service: Service;
  readonly region: string;
  readonly bucket: string;
  /** The bucket must be there already: it is never made. */
  readonly isExistingBucket: boolean;
  /** Of the storage in the bucket; no slash at either end. */
  readonly prefix: string;
  readonly instance: string;
  readonly key: KeyWish;
  readonly level: Level;
  /** Who may take on the roles; `none`: only the policies are made. */
  readonly trust: Trust | "none";
}

/** One request, exactly as it is sent. */
export interface ApiCall {
  readonly service: "s3" | "kms" | "iam" | "sts";
  /** `PutBucketVersioning` */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * What happens to one resource. `cannot`: it is needed, and a right is missing or it belongs to somebody else, and `why` says which.
 * `unknown`: these credentials may not look at it, so it is neither made nor checked. `left-out`: the service has no such thing.
 */
export type PlanAction = "create" | "keep" | "change" | "cannot" | "unknown" | "left-out";

export interface PlanItem {
  /** Stays the same from run to run: `bucket`, `bucket-policy`, `role-writer`. */
  readonly id: string;
  readonly title: string;
  readonly action: PlanAction;
  /** What it is for, what differs, or what is in the way. */
  readonly why: string;
  readonly calls: readonly ApiCall[];
}

export interface ProvisionPlan {
  readonly blueprint: Blueprint;
  /** Whose credentials these are; undefined where the service has no accounts. */
  readonly caller: Caller | undefined;
  /** Of the bucket's key, once there is one. */
  readonly keyArn: string | undefined;
  readonly items: readonly PlanItem[];
  /** What a person should know and setup does not change. */
  readonly warnings: readonly string[];
}

export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
}

/** What stands now, for the storage's settings. */
export interface Provisioned {
  readonly bucket: string;
  readonly region: string;
  readonly account: string | undefined;
  readonly keyArn: string | undefined;
  /** ARN by role. */
  readonly policies: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<string, string>>;
  readonly instanceProfile: string | undefined;
}
