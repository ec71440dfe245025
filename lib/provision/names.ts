import { hash } from "node:crypto";
import { BackupError, quote } from "../base/index.ts";
import type { RoleName } from "./policies/index.ts";

/** Where our policies and roles stand in IAM. */
export const IAM_PATH = "/clawback/";
const MAX_ROLE_NAME = 64;

/** Regions whose S3 has no account-regional names. */
const WITHOUT_ACCOUNT_NAMES: ReadonlySet<string> = new Set(["me-south-1", "me-central-1"]);

/**
 * Proposes a bucket's name that nobody else can register, where the region has such names.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
 */
export function proposeBucketName(account: string, region: string): string {
  const suffix = WITHOUT_ACCOUNT_NAMES.has(region) ? "" : "-an";
  return `clawback-${account}-${region}${suffix}`;
}

/** Whether a name lies in the account's own part of all names in the region; it is then made there. */
export function isAccountRegional(bucket: string, account: string, region: string): boolean {
  return bucket.endsWith(`-${account}-${region}-an`) && !WITHOUT_ACCOUNT_NAMES.has(region);
}

/**
 * Refuses what S3 refuses, before anything is made.
 * @throws BackupError `invalid-argument`
 */
export function assertBucketName(name: string): void {
  const problem = bucketNameProblem(name);
  if (problem === undefined) return;
  throw new BackupError(
    "invalid-argument",
    `bucket name ${quote(name)} cannot be used: ${problem}`,
    {
      hint: "choose 3 to 63 lower-case letters, digits and dashes",
    },
  );
}

function bucketNameProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `it has ${name.length} characters, not 3 to 63`;
  if (!/^[a-z0-9.-]+$/.test(name)) return "it has other characters than a-z, 0-9, dash and dot";
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return "it does not begin and end with a letter or digit";
  if (name.includes("..")) return "it has two dots in a row";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "it looks like an IP address";
  if (/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name))
    return "AWS reserves such names";
  return undefined;
}

/** @throws BackupError `invalid-argument` */
export function assertKeyAlias(alias: string): void {
  if (/^alias\/[A-Za-z0-9/_-]{1,240}$/.test(alias) && !alias.startsWith("alias/aws/")) return;
  throw new BackupError("invalid-argument", `key alias ${quote(alias)} cannot be used`, {
    hint: "write it as alias/NAME with letters, digits, dashes and underscores; alias/aws/ is AWS's own",
  });
}

/** The name of a role and of its policy; one that would be too long ends with a part of its hash. */
export function iamName(instance: string, role: RoleName): string {
  const name = `clawback-${instance}-${role}`;
  if (name.length <= MAX_ROLE_NAME) return name;
  const mark = hash("sha256", name).slice(0, 8);
  return `${name.slice(0, MAX_ROLE_NAME - role.length - 10)}-${mark}-${role}`;
}

export const TAGS: Readonly<Record<string, string>> = { "managed-by": "clawback" };
