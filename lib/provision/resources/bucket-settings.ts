import { type Answer, isUnsupported } from "../cloud/index.ts";
import { isSameDocument, parseDocument } from "../documents.ts";
import { TAGS } from "../names.ts";
import { bucketPolicy, type PolicyDocument, type Statement } from "../policies/index.ts";
import type { ApiCall, Blueprint, Service } from "../types.ts";
import { ownedBy } from "./bucket.ts";
import { lifecycleResource } from "./lifecycle.ts";
import { AS_WANTED, hiddenBy, type Look, type Resource, type Site, scopeOf } from "./resource.ts";

/** A setting of the bucket: one request that reads it, and one that writes it whole. */
interface Setting {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly get: string;
  readonly put: string;
  /** What to write, or undefined when what is there will do. */
  wanted(found: Answer | undefined, site: Site): Record<string, unknown> | undefined;
  /** What is wrong with what is there, for people. */
  describe(found: Answer): string;
  readonly isOptional?: boolean | undefined;
  /** Why this service has no such thing. */
  readonly missing?: string | undefined;
}

/** The settings of the bucket in the order in which they are made: nothing is open to anybody for a moment. */
export function bucketSettings(blueprint: Blueprint): Resource[] {
  const { service } = blueprint;
  const onlyAws =
    service.kind === "aws"
      ? undefined
      : `${service.name} has no such setting; keep the bucket private there`;
  return [
    toResource({ ...publicAccessBlock, missing: onlyAws }),
    toResource({ ...ownership, missing: onlyAws }),
    toResource({
      ...versioning,
      missing: service.hasVersions
        ? undefined
        : `${service.name} keeps no versions: whoever may delete can destroy backups for good`,
    }),
    toResource({
      ...encryption(blueprint),
      isOptional: service.kind === "other",
      missing:
        service.kind === "other" && blueprint.key.kind === "none"
          ? `${service.name} is not asked to encrypt; encrypt on this machine with a password`
          : undefined,
    }),
    toResource({ ...policy, ...(service.kind === "other" ? OTHER_POLICY : {}) }),
    lifecycleResource(service),
    toResource({ ...tags, missing: onlyAws && `${service.name} is not asked for tags` }),
  ];
}

function toResource(setting: Setting): Resource {
  const { id, title, purpose, isOptional, missing } = setting;
  return {
    id,
    title,
    purpose,
    isOptional,
    look: async (site) =>
      missing === undefined
        ? await lookAtSetting(setting, site)
        : { state: "unsupported", detail: missing },
  };
}

async function lookAtSetting(setting: Setting, site: Site): Promise<Look> {
  const at = { Bucket: site.blueprint.bucket, ...ownedBy(site) };
  const put = (value: Record<string, unknown>): readonly ApiCall[] => [
    { service: "s3", operation: setting.put, input: { ...at, ...value } },
  ];
  try {
    const get = { service: "s3", operation: setting.get, input: at } as const;
    const found = await site.cloud.find(get);
    const value = setting.wanted(found, site);
    if (value === undefined) return AS_WANTED;
    if (found === undefined) return { state: "absent", calls: put(value) };
    return { state: "different", detail: setting.describe(found), calls: put(value) };
  } catch (error) {
    return asLook(error, site);
  }
}

/** Where reading is refused, nothing is written blindly. */
function asLook(error: unknown, site: Site): Look {
  const hidden = hiddenBy(error);
  if (hidden !== undefined) return hidden;
  if (isUnsupported(error) && site.blueprint.service.kind === "other") {
    return { state: "unsupported", detail: `${site.blueprint.service.name} has no such setting` };
  }
  throw error;
}

const BLOCKED = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

const publicAccessBlock: Setting = {
  id: "bucket-public-access",
  title: "public access blocked, four times",
  purpose: "nothing in it can be made public by mistake",
  get: "GetPublicAccessBlock",
  put: "PutPublicAccessBlock",
  wanted: (found) =>
    isSameDocument(found?.PublicAccessBlockConfiguration, BLOCKED)
      ? undefined
      : { PublicAccessBlockConfiguration: BLOCKED },
  describe: () => "public access is not blocked wholly",
};

const OWNED = { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] };

const ownership: Setting = {
  id: "bucket-ownership",
  title: "ownership enforced",
  purpose: "every object belongs to the account, and access lists have no effect",
  get: "GetBucketOwnershipControls",
  put: "PutBucketOwnershipControls",
  wanted: (found) =>
    isSameDocument(found?.OwnershipControls, OWNED) ? undefined : { OwnershipControls: OWNED },
  describe: () => "access lists have an effect",
};

const versioning: Setting = {
  id: "bucket-versioning",
  title: "versions kept",
  purpose: "what is deleted or replaced can be brought back",
  get: "GetBucketVersioning",
  put: "PutBucketVersioning",
  wanted: (found) =>
    found?.Status === "Enabled" ? undefined : { VersioningConfiguration: { Status: "Enabled" } },
  describe: ({ Status }) =>
    Status === undefined ? "no versions are kept" : "the keeping of versions was suspended",
};

function encryption({ key }: Blueprint): Setting {
  return {
    id: "bucket-encryption",
    title: key.kind === "none" ? "encryption with keys of S3" : "encryption with the KMS key",
    purpose: "what is written without a word about encryption is encrypted",
    get: "GetBucketEncryption",
    put: "PutBucketEncryption",
    wanted: (found, site) => {
      const ServerSideEncryptionConfiguration = { Rules: [encryptionRule(site)] };
      const present = found?.ServerSideEncryptionConfiguration as
        | { Rules?: readonly EncryptionRule[] }
        | undefined;
      return isSameRule(present?.Rules?.[0], encryptionRule(site))
        ? undefined
        : { ServerSideEncryptionConfiguration };
    },
    describe: () => "new objects are encrypted with another key",
  };
}

interface EncryptionRule {
  readonly ApplyServerSideEncryptionByDefault?: {
    readonly SSEAlgorithm?: string;
    readonly KMSMasterKeyID?: string;
  };
  readonly BucketKeyEnabled?: boolean;
}

function encryptionRule({ keyArn, blueprint }: Site): EncryptionRule {
  if (keyArn === undefined) {
    return { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } };
  }
  return {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
    // Only AWS knows bucket keys: one call to KMS for many objects.
    ...(blueprint.service.kind === "aws" ? { BucketKeyEnabled: true } : {}),
  };
}

/** Services add what they do besides, and write a key's id as an ARN of their own. */
function isSameRule(found: EncryptionRule | undefined, wanted: EncryptionRule): boolean {
  const a = found?.ApplyServerSideEncryptionByDefault;
  const b = wanted.ApplyServerSideEncryptionByDefault;
  const isSameKey =
    a?.KMSMasterKeyID === b?.KMSMasterKeyID ||
    a?.KMSMasterKeyID?.endsWith(`:${b?.KMSMasterKeyID}`) === true;
  const hasBucketKey = found?.BucketKeyEnabled === true || wanted.BucketKeyEnabled !== true;
  return a?.SSEAlgorithm === b?.SSEAlgorithm && isSameKey && hasBucketKey;
}

const OURS = /^Clawback/;

const policy: Setting = {
  id: "bucket-policy",
  title: "policy of the bucket",
  purpose: "no request without TLS, no foreign key, nothing replaced that is written once",
  get: "GetBucketPolicy",
  put: "PutBucketPolicy",
  wanted: (found, site) => {
    const present = parseDocument(found?.Policy) as unknown as PolicyDocument | undefined;
    const statements = [present?.Statement ?? []].flat();
    const ours = statements.filter(({ Sid }) => OURS.test(Sid ?? ""));
    const wanted = policyFor(site).Statement;
    if (isSameDocument(ours, wanted)) return undefined;
    const theirs = statements.filter(({ Sid }) => !OURS.test(Sid ?? ""));
    const Policy = { Version: "2012-10-17", Statement: [...theirs, ...wanted] };
    return { Policy: JSON.stringify(Policy) };
  },
  describe: ({ Policy }) => describePolicy(Policy),
};

/** What the policy of the bucket shall say. */
function policyFor(site: Site): PolicyDocument {
  return knownTo(site.blueprint.service, bucketPolicy(scopeOf(site)));
}

/** Other services do not know all of AWS's conditions; one that they misread could shut everybody out. */
export function knownTo({ kind, isSecure }: Service, document: PolicyDocument): PolicyDocument {
  if (kind === "aws") return document;
  const known = isSecure
    ? ["ClawbackDenyPlainHttp", "ClawbackDenyCustomerKeys"]
    : ["ClawbackDenyCustomerKeys"];
  return { ...document, Statement: document.Statement.filter(({ Sid }) => known.includes(Sid)) };
}

const OTHER_POLICY = {
  purpose: "nobody writes under a key that he alone holds",
  isOptional: true,
};

function describePolicy(text: unknown): string {
  const statements = (parseDocument(text)?.Statement ?? []) as readonly Statement[];
  const present = [statements].flat().filter(({ Sid }) => OURS.test(Sid ?? ""));
  if (present.length === 0) return "it says nothing of this; other statements stay as they are";
  return "statements of Clawback are missing or changed; others stay as they are";
}

/** Statements of others that let everybody in. They are not ours to change. */
export async function publicStatements(site: Site): Promise<string[]> {
  const input = { Bucket: site.blueprint.bucket, ...ownedBy(site) };
  const call = { service: "s3", operation: "GetBucketPolicy", input } as const;
  const found = await site.cloud.find(call).catch(() => undefined);
  const statements = [parseDocument(found?.Policy)?.Statement ?? []].flat() as Statement[];
  return statements
    .filter(({ Effect, Principal, Condition }) => {
      const isConditional = Condition !== undefined && Object.keys(Condition).length > 0;
      return Effect === "Allow" && isSameDocument(Principal, "*") && !isConditional;
    })
    .map(
      ({ Action }) =>
        `the bucket's policy lets everybody ${[Action].flat().join(", ")}: remove that statement`,
    );
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const tags: Setting = {
  id: "bucket-tags",
  title: "tags of the bucket",
  purpose: "shows in the account who made it",
  get: "GetBucketTagging",
  put: "PutBucketTagging",
  isOptional: true,
  wanted: (found) => {
    const present = (found?.TagSet ?? []) as readonly Tag[];
    const isThere = ([key, value]: [string, string]): boolean =>
      present.some((tag) => tag.Key === key && tag.Value === value);
    if (Object.entries(TAGS).every(isThere)) return undefined;
    const others = present.filter(({ Key }) => TAGS[Key] === undefined);
    const ours = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));
    return { Tagging: { TagSet: [...others, ...ours] } };
  },
  describe: () => "the tag of Clawback is missing",
};
