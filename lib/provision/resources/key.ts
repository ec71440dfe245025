import { isBackupError } from "../../base/index.ts";
import { type Answer, isAbsence } from "../cloud/index.ts";
import { isSameDocument, parseDocument } from "../documents.ts";
import { TAGS } from "../names.ts";
import { keyPolicy } from "../policies/index.ts";
import type { ApiCall, Blueprint } from "../types.ts";
import {
  AS_WANTED,
  hiddenBy,
  type Look,
  NEW_KEY,
  type Resource,
  type Site,
  scopeOf,
} from "./resource.ts";

const DESCRIPTION =
  "Backups of OpenClaw agents, by Clawback. Without this key they cannot be read.";
const ALIAS_TAG = "clawback:alias";
const MOST_KEYS_SEARCHED = 200;

interface KeyFacts {
  readonly Arn?: string;
  readonly KeyState?: string;
  readonly KeySpec?: string;
  readonly KeyManager?: string;
}

/** The key, its policy and its rotation. Of a key that was there, only that it can be used is looked at. */
export function keyResources({ key, service }: Blueprint): Resource[] {
  if (key.kind === "none") return [];
  if (service.kind === "other") return [serviceKey(service.name)];
  const shown = key.kind === "new" ? key.alias : key.id;
  const found: Resource = {
    id: "key",
    title: `KMS key ${shown}`,
    purpose: "encrypts the bucket, and the repository's password",
    look: lookAtKey,
  };
  if (key.kind === "existing") return [found];
  return [
    found,
    {
      id: "key-policy",
      title: "policy of the key",
      purpose: "it serves this bucket, and wrapped passwords, and nothing else",
      look: lookAtPolicy,
    },
    {
      id: "key-rotation",
      title: "yearly rotation of the key",
      purpose: "AWS makes new key material each year; older backups stay readable",
      look: lookAtRotation,
    },
  ];
}

/** Other services name their keys by themselves. */
function serviceKey(name: string): Resource {
  return {
    id: "key",
    title: "key of the service",
    purpose: "encrypts the bucket",
    look: async (site) => {
      const { key } = site.blueprint;
      if (key.kind === "new") {
        return {
          state: "unsupported",
          detail: `${name} makes no keys on request; name an existing one`,
        };
      }
      site.keyArn = key.kind === "existing" ? key.id : undefined;
      return AS_WANTED;
    },
  };
}

async function lookAtKey(site: Site): Promise<Look> {
  const { key } = site.blueprint;
  if (key.kind === "none") return AS_WANTED;
  try {
    const facts = await describeKey(site, key.kind === "new" ? key.alias : key.id);
    if (facts === undefined) return await lookForOrphan(site);
    site.keyArn = facts.Arn;
    if (facts.KeyState === "Enabled" && facts.KeySpec === "SYMMETRIC_DEFAULT") return AS_WANTED;
    return { state: "cannot", detail: whyUnusable(facts) };
  } catch (error) {
    if (isBackupError(error, "storage-access-denied") && error.details.action !== undefined) {
      return { state: "cannot", detail: `${String(error.details.action)} is not allowed` };
    }
    throw error;
  }
}

function whyUnusable({ KeyState, KeySpec }: KeyFacts): string {
  if (KeyState === "PendingDeletion")
    return "it is scheduled for deletion; cancel that at once: without it nothing stored with it can be read";
  if (KeyState !== "Enabled") return `it is ${KeyState ?? "unknown"}; enable it`;
  return `it is of the kind ${KeySpec ?? "unknown"}, not SYMMETRIC_DEFAULT`;
}

/** No key has the alias: perhaps one was made by a run that broke off before it was named. */
async function lookForOrphan(site: Site): Promise<Look> {
  const { key } = site.blueprint;
  if (key.kind === "existing")
    return { state: "cannot", detail: "it does not exist in this account and region" };
  if (key.kind === "none") return AS_WANTED;
  const orphan = await findOrphan(site, key.alias);
  site.keyArn = orphan ?? NEW_KEY;
  const name: ApiCall = {
    service: "kms",
    operation: "CreateAlias",
    input: { AliasName: key.alias, TargetKeyId: site.keyArn },
  };
  if (orphan !== undefined) {
    const detail = "an earlier run made the key, and broke off before it named it";
    return { state: "different", detail, calls: [name] };
  }
  const Tags = [
    ...Object.entries({ ...TAGS, [ALIAS_TAG]: key.alias }).map(([TagKey, TagValue]) => ({
      TagKey,
      TagValue,
    })),
  ];
  const Policy = JSON.stringify(keyPolicy(scopeOf(site)));
  const create: ApiCall = {
    service: "kms",
    operation: "CreateKey",
    input: { Description: DESCRIPTION, Policy, Tags },
  };
  return { state: "absent", calls: [create, name] };
}

async function findOrphan({ cloud }: Site, alias: string): Promise<string | undefined> {
  const list = {
    service: "kms",
    operation: "ListKeys",
    input: { Limit: MOST_KEYS_SEARCHED },
  } as const;
  const { Keys = [] } = (await cloud.call(list).catch(ifAllowed)) as {
    Keys?: readonly { KeyId?: string; KeyArn?: string }[];
  };
  for (const { KeyId, KeyArn } of Keys) {
    const call = { service: "kms", operation: "ListResourceTags", input: { KeyId } } as const;
    const { Tags = [] } = (await cloud.call(call).catch(ifAllowed)) as {
      Tags?: readonly { TagKey?: string; TagValue?: string }[];
    };
    if (!Tags.some(({ TagKey, TagValue }) => TagKey === ALIAS_TAG && TagValue === alias)) continue;
    const facts = await cloud.find({ service: "kms", operation: "DescribeKey", input: { KeyId } });
    if ((facts?.KeyMetadata as KeyFacts | undefined)?.KeyState === "Enabled") return KeyArn;
  }
  return undefined;
}

/** Whoever may not list keys makes a new one at worst. */
function ifAllowed(error: unknown): Answer {
  if (isBackupError(error, "storage-access-denied") && error.details.action !== undefined)
    return {};
  throw error;
}

async function describeKey({ cloud }: Site, KeyId: string): Promise<KeyFacts | undefined> {
  const call = { service: "kms", operation: "DescribeKey", input: { KeyId } } as const;
  return (await cloud.find(call))?.KeyMetadata as KeyFacts | undefined;
}

/** Of a key that is not there yet: it is made with its policy. */
async function lookAtPolicy(site: Site): Promise<Look> {
  const { keyArn } = site;
  if (keyArn === undefined || keyArn === NEW_KEY) return { state: "absent", calls: [] };
  const wanted = keyPolicy(scopeOf(site));
  try {
    const get = {
      service: "kms",
      operation: "GetKeyPolicy",
      input: { KeyId: keyArn, PolicyName: "default" },
    } as const;
    const { Policy } = await site.cloud.call(get);
    const found = parseDocument(Policy);
    if (isSameDocument(found?.Statement, wanted.Statement)) return AS_WANTED;
    if (servesAnother(found, wanted)) {
      return {
        state: "cannot",
        detail:
          "it serves another bucket; choose another alias, or name the key as an existing one",
      };
    }
    const put: ApiCall = {
      service: "kms",
      operation: "PutKeyPolicy",
      input: { KeyId: keyArn, PolicyName: "default", Policy: JSON.stringify(wanted) },
    };
    return { state: "different", detail: "it says something else", calls: [put] };
  } catch (error) {
    return refused(error);
  }
}

/** A key of Clawback's, made for another bucket. */
function servesAnother(
  found: Record<string, unknown> | undefined,
  wanted: ReturnType<typeof keyPolicy>,
): boolean {
  const bucketOf = (document: unknown): string | undefined => {
    const [, arn] =
      /"ClawbackObjectsOfTheBucket".*?"kms:EncryptionContext:aws:s3:arn":\["([^"]+)"/.exec(
        JSON.stringify(document),
      ) ?? [];
    return arn;
  };
  const other = bucketOf(found);
  return other !== undefined && other !== bucketOf(wanted);
}

async function lookAtRotation(site: Site): Promise<Look> {
  const { keyArn } = site;
  const enable: ApiCall = {
    service: "kms",
    operation: "EnableKeyRotation",
    input: { KeyId: keyArn ?? NEW_KEY },
  };
  if (keyArn === undefined || keyArn === NEW_KEY) return { state: "absent", calls: [enable] };
  try {
    const get = {
      service: "kms",
      operation: "GetKeyRotationStatus",
      input: { KeyId: keyArn },
    } as const;
    const { KeyRotationEnabled } = await site.cloud.call(get);
    if (KeyRotationEnabled === true) return AS_WANTED;
    return { state: "different", detail: "it is off", calls: [enable] };
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): Look {
  if (isAbsence(error)) return { state: "cannot", detail: "the key does not exist" };
  const hidden = hiddenBy(error);
  if (hidden !== undefined) return hidden;
  throw error;
}
