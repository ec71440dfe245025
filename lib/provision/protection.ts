import { randomUUID } from "node:crypto";
import { isBackupError } from "../base/index.ts";
import { type Cloud, type CloudOptions, openCloud } from "./cloud/index.ts";
import { readCaller } from "./plan.ts";
import { LEVEL_SENTENCES, type Level } from "./policies/index.ts";
import type { Blueprint, Caller } from "./types.ts";

/** How far the credentials in use could harm the backups, found out by trying, without harm. */
export interface Protection {
  readonly level: Level | "none";
  /** What that means. */
  readonly sentence: string;
  /** Why it is `none`, or what could not be found out. */
  readonly reasons: readonly string[];
}

export type ProtectedPlace = Pick<Blueprint, "service" | "bucket" | "prefix" | "instance">;

/** What would make whoever has it master of the backups, as IAM is asked where it may be. */
const MASTER_RIGHTS: readonly string[] = [
  "iam:AttachRolePolicy",
  "iam:CreatePolicyVersion",
  "iam:PutRolePolicy",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "s3:DeleteObjectVersion",
  "s3:PutBucketPolicy",
  "s3:PutLifecycleConfiguration",
];

/**
 * Finds the level that the credentials of a machine hold. It asks whether versions are kept, tries to remove a version that does not
 * exist and to set the bucket's versioning to what it is, and asks IAM where that is allowed. Where something cannot be found out, the
 * worse is assumed, except for rights on the key and in IAM that nobody here may ask for: those are named.
 */
export async function assessProtection(
  place: ProtectedPlace,
  options: CloudOptions,
): Promise<Protection> {
  const { service } = place;
  if (!service.hasVersions) {
    return none([`${service.name} keeps no versions: whoever may delete can destroy backups`]);
  }
  await using cloud = openCloud(options);
  const reasons = await dangers(cloud, place);
  if (reasons.length > 0) return none(reasons);
  const level = (await mayDelete(cloud, place)) ? "standard" : "strict";
  return { level, sentence: LEVEL_SENTENCES[level], reasons: [] };
}

/**
 * Why the credentials of a machine could destroy its backups; nothing when they cannot. Asks as {@link assessProtection} does, but only what
 * leaves no trace in the bucket whatever the answer, so that *standard* and *strict* are not told apart.
 */
export async function findDangers(place: ProtectedPlace, options: CloudOptions): Promise<string[]> {
  const { service } = place;
  if (!service.hasVersions) {
    return [`${service.name} keeps no versions: whoever may delete can destroy backups`];
  }
  await using cloud = openCloud(options);
  return await dangers(cloud, place);
}

function none(reasons: readonly string[]): Protection {
  return { level: "none", sentence: LEVEL_SENTENCES.none, reasons };
}

async function dangers(cloud: Cloud, place: ProtectedPlace): Promise<string[]> {
  const versioning = await readVersioning(cloud, place);
  if (versioning === "off") {
    return ["the bucket keeps no versions: what is deleted or replaced is gone"];
  }
  const found: string[] = [];
  if (versioning === "unknown") {
    found.push("whether the bucket keeps versions may not be asked (s3:GetBucketVersioning)");
  }
  if (await mayRemoveVersions(cloud, place)) {
    found.push("these credentials may remove versions (s3:DeleteObjectVersion)");
  }
  if (versioning === "on" && (await mayChangeBucket(cloud, place))) {
    found.push("these credentials may change the bucket (s3:PutBucketVersioning)");
  }
  if (place.service.kind === "aws") found.push(...(await masterRights(cloud)));
  return found;
}

async function readVersioning(
  cloud: Cloud,
  { bucket }: ProtectedPlace,
): Promise<"on" | "off" | "unknown"> {
  const call = {
    service: "s3",
    operation: "GetBucketVersioning",
    input: { Bucket: bucket },
  } as const;
  try {
    return (await cloud.call(call)).Status === "Enabled" ? "on" : "off";
  } catch (error) {
    if (isDenied(error)) return "unknown";
    throw error;
  }
}

/** Of an object that does not exist, and a version that cannot: nothing can be lost. */
async function mayRemoveVersions(cloud: Cloud, place: ProtectedPlace): Promise<boolean> {
  const input = { Bucket: place.bucket, Key: probeKey(place), VersionId: randomUUID() };
  return await isAllowed(cloud, "DeleteObject", input);
}

/** Says of a bucket that keeps versions that it shall keep versions. */
async function mayChangeBucket(cloud: Cloud, { bucket }: ProtectedPlace): Promise<boolean> {
  const VersioningConfiguration = { Status: "Enabled" };
  return await isAllowed(cloud, "PutBucketVersioning", { Bucket: bucket, VersioningConfiguration });
}

/** Where the condition is not known, the marker of a deletion is left, which the lifecycle removes. */
async function mayDelete(cloud: Cloud, place: ProtectedPlace): Promise<boolean> {
  const input = { Bucket: place.bucket, Key: probeKey(place), IfMatch: '"none"' };
  return await isAllowed(cloud, "DeleteObject", input);
}

function probeKey({ prefix, instance }: ProtectedPlace): string {
  const base = prefix === "" ? instance : `${prefix}/${instance}`;
  return `${base}/archives/rights-probe-${randomUUID()}`;
}

async function isAllowed(
  cloud: Cloud,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  try {
    await cloud.call({ service: "s3", operation, input });
    return true;
  } catch (error) {
    // Any other refusal came after the question of rights.
    if (isBackupError(error, "storage-rejected")) return true;
    if (isDenied(error)) return false;
    throw error;
  }
}

function isDenied(error: unknown): boolean {
  return isBackupError(error, "storage-access-denied") && error.details.action !== undefined;
}

/** Rights that only IAM can tell of. A machine that may not ask has at least not been given everything. */
async function masterRights(cloud: Cloud): Promise<string[]> {
  try {
    const caller = await readCaller(cloud);
    if (caller.arn.endsWith(":root")) return ["these are the credentials of the account's root"];
    const answer = await cloud.call({
      service: "iam",
      operation: "SimulatePrincipalPolicy",
      input: { PolicySourceArn: principalOf(caller), ActionNames: MASTER_RIGHTS },
    });
    const results = (answer.EvaluationResults ?? []) as readonly {
      EvalActionName?: string;
      EvalDecision?: string;
    }[];
    const allowed = results
      .filter(({ EvalDecision }) => EvalDecision === "allowed")
      .map(({ EvalActionName = "" }) => EvalActionName);
    if (allowed.length === 0) return [];
    return [`these credentials may ${allowed.join(", ")}`];
  } catch (error) {
    if (isBackupError(error)) return [];
    throw error;
  }
}

/** Of a session the role behind it. */
function principalOf({ arn, account, partition }: Caller): string {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}
