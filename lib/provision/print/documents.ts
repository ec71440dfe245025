import { iamName } from "../names.ts";
import {
  bucketPolicy,
  type InstanceScope,
  keyPolicy,
  type LifecycleRule,
  lifecycleRules,
  type PolicyDocument,
  type RoleName,
  rolePolicy,
  rolesOf,
  trustPolicy,
} from "../policies/index.ts";
import { knownTo } from "../resources/index.ts";
import type { Blueprint } from "../types.ts";

/** What a text is about, when nobody may look into the account. */
export interface PrintSubject {
  readonly blueprint: Blueprint;
  /** Twelve digits, or an expression of the language that is printed. */
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** ARN of the key, or an expression; undefined when the bucket has none. */
  readonly keyArn: string | undefined;
}

/** Every document of a blueprint. */
export interface Documents {
  readonly bucketPolicy: PolicyDocument;
  readonly lifecycle: readonly LifecycleRule[];
  readonly keyPolicy: PolicyDocument | undefined;
  readonly roles: readonly {
    readonly role: RoleName;
    readonly name: string;
    readonly policy: PolicyDocument;
    readonly trust: PolicyDocument | undefined;
  }[];
}

export function documentsOf(subject: PrintSubject): Documents {
  const { blueprint } = subject;
  const { level, trust, instance, key } = blueprint;
  const scope: InstanceScope = { ...blueprint, ...subject };
  return {
    bucketPolicy: knownTo(blueprint.service, bucketPolicy(scope)),
    lifecycle: lifecycleRules(blueprint.prefix),
    keyPolicy: key.kind === "new" ? keyPolicy(scope) : undefined,
    roles: rolesOf(level).map((role) => ({
      role,
      name: iamName(instance, role),
      policy: rolePolicy(scope, role),
      trust: trust === "none" ? undefined : trustPolicy(trust, scope),
    })),
  };
}
