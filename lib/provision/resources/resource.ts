import { isBackupError } from "../../base/index.ts";
import type { Cloud } from "../cloud/index.ts";
import type { InstanceScope } from "../policies/index.ts";
import type { ApiCall, Blueprint, Caller } from "../types.ts";

/** Stands in plans for the ARN of a key that is yet to be made. */
export const NEW_KEY = "(the new key)";

/** Where resources are looked at and made. */
export interface Site {
  readonly cloud: Cloud;
  readonly blueprint: Blueprint;
  /** Undefined where the service has no accounts. */
  readonly caller: Caller | undefined;
  /** Of the bucket's key: an ARN, {@link NEW_KEY}, or undefined when there is none. Set once the key has been looked at or made. */
  keyArn: string | undefined;
}

/** What there is of a resource now. */
export type Look =
  | { readonly state: "as-wanted" }
  | { readonly state: "absent"; readonly calls: readonly ApiCall[] }
  | { readonly state: "different"; readonly detail: string; readonly calls: readonly ApiCall[] }
  | { readonly state: "cannot"; readonly detail: string }
  | { readonly state: "hidden"; readonly detail: string }
  | { readonly state: "unsupported"; readonly detail: string };

/** Something that shall stand: how it is looked at, and which calls make it so. */
export interface Resource {
  readonly id: string;
  readonly title: string;
  /** What it is for, in half a sentence. */
  readonly purpose: string;
  /** Whether setup can do without it where the service refuses it. */
  readonly isOptional?: boolean | undefined;
  look(site: Site): Promise<Look>;
}

/**
 * What a refused look means: that whoever runs with a narrow role need not know, as long as what it needs stands.
 * @returns undefined when the failure is another one
 */
export function hiddenBy(error: unknown): Look | undefined {
  if (!isBackupError(error, "storage-access-denied") || error.details.action === undefined) {
    return undefined;
  }
  const detail = `not looked at: ${String(error.details.action)} is not allowed`;
  return { state: "hidden", detail };
}

export const AS_WANTED: Look = { state: "as-wanted" };

/** Whom the policies are about. */
export function scopeOf({ blueprint, caller, keyArn }: Site): InstanceScope {
  const { region, bucket, prefix, instance } = blueprint;
  return {
    partition: caller?.partition ?? "aws",
    account: caller?.account ?? "",
    region,
    bucket,
    prefix,
    instance,
    keyArn,
  };
}
