import { BackupError } from "../../base/index.ts";
import { IAM_PATH, isAccountRegional, TAGS } from "../names.ts";
import { machineRole, type RoleName } from "../policies/index.ts";
import type { Blueprint } from "../types.ts";
import { type Documents, documentsOf, type PrintSubject } from "./documents.ts";
import { expression } from "./expression.ts";

type Json = Readonly<Record<string, unknown>>;
interface TemplateResource {
  readonly Type: string;
  readonly DeletionPolicy?: "Retain";
  readonly UpdateReplacePolicy?: "Retain";
  readonly DependsOn?: string;
  readonly Properties: Json;
}

/** Stands for the account of whoever deploys the stack. */
export const STACK_ACCOUNT: string = expression("AWS::AccountId");
const ACCOUNT = STACK_ACCOUNT;
const PARTITION = expression("AWS::Partition");
const REGION = expression("AWS::Region");
const NEW_KEY_ARN = expression("ClawbackKey.Arn");
const GIVEN_KEY_ARN = expression("ClawbackKeyArn");

/**
 * Writes what setup would make as a CloudFormation template, for somebody with the rights to deploy. The bucket and the key outlive the
 * stack. A bucket that exists already cannot be in it: for its settings see the commands.
 * @throws BackupError `not-supported` for another service than AWS
 */
export function cloudFormationTemplate(blueprint: Blueprint): Json {
  if (blueprint.service.kind === "other") {
    throw new BackupError("not-supported", `${blueprint.service.name} has no CloudFormation`, {
      hint: "see: clawback setup --print policies",
    });
  }
  const subject = subjectOf(blueprint);
  const documents = documentsOf(subject);
  const resources = {
    ...keyResources(blueprint, documents),
    ...bucketResources(blueprint, documents, subject.keyArn),
    ...roleResources(blueprint, documents),
  };
  return withReferences({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Clawback: what the backups of ${blueprint.instance} need. Bucket and key stay when the stack goes.`,
    ...parameters(blueprint),
    Resources: resources,
    Outputs: outputs(blueprint, documents, subject.keyArn),
  }) as Json;
}

function subjectOf(blueprint: Blueprint): PrintSubject {
  const { key } = blueprint;
  const keyArn = key.kind === "new" ? NEW_KEY_ARN : key.kind === "none" ? undefined : GIVEN_KEY_ARN;
  return { blueprint, account: ACCOUNT, partition: PARTITION, region: REGION, keyArn };
}

function parameters({ key }: Blueprint): Json {
  if (key.kind !== "existing") return {};
  const isArn = key.id.startsWith("arn:");
  const ClawbackKeyArn = {
    Type: "String",
    Description: `ARN of the KMS key ${key.id}`,
    AllowedPattern: "arn:.+:kms:.+:key/.+",
    ...(isArn ? { Default: key.id } : {}),
  };
  return { Parameters: { ClawbackKeyArn } };
}

const tagList = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));
const KEPT = { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } as const;

function keyResources(
  { key }: Blueprint,
  { keyPolicy }: Documents,
): Record<string, TemplateResource> {
  if (key.kind !== "new") return {};
  return {
    ClawbackKey: {
      Type: "AWS::KMS::Key",
      ...KEPT,
      Properties: {
        Description:
          "Backups of OpenClaw agents, by Clawback. Without this key they cannot be read.",
        EnableKeyRotation: true,
        PendingWindowInDays: 30,
        KeyPolicy: keyPolicy,
        Tags: tagList,
      },
    },
    ClawbackKeyAlias: {
      Type: "AWS::KMS::Alias",
      ...KEPT,
      Properties: { AliasName: key.alias, TargetKeyId: { Ref: "ClawbackKey" } },
    },
  };
}

function bucketResources(
  blueprint: Blueprint,
  documents: Documents,
  keyArn: string | undefined,
): Record<string, TemplateResource> {
  if (blueprint.isExistingBucket) return {};
  return {
    ClawbackBucket: {
      Type: "AWS::S3::Bucket",
      ...KEPT,
      Properties: {
        ...bucketName(blueprint),
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: { ServerSideEncryptionConfiguration: [encryptionRule(keyArn)] },
        LifecycleConfiguration: { Rules: documents.lifecycle.map(lifecycleRule) },
        Tags: tagList,
      },
    },
    ClawbackBucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      ...KEPT,
      Properties: { Bucket: { Ref: "ClawbackBucket" }, PolicyDocument: documents.bucketPolicy },
    },
  };
}

function bucketName({ bucket, region }: Blueprint): Json {
  const account = new RegExp(`-(\\d{12})-${region}-an$`).exec(bucket)?.[1];
  const isOwn = account !== undefined && isAccountRegional(bucket, account, region);
  const isOfWhoDeploys = bucket.endsWith(`-${ACCOUNT}-${region}-an`);
  if (!isOwn && !isOfWhoDeploys) return { BucketName: bucket };
  return { BucketName: bucket, BucketNamespace: "account-regional" };
}

function encryptionRule(keyArn: string | undefined): Json {
  if (keyArn === undefined) return { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } };
  return {
    ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
    BucketKeyEnabled: true,
  };
}

/** CloudFormation names the parts of a rule otherwise than S3 does. */
function lifecycleRule(rule: Documents["lifecycle"][number]): Json {
  const { ID, Status, Filter, Expiration, NoncurrentVersionExpiration } = rule;
  return {
    Id: ID,
    Status,
    ...(Filter.Prefix === "" ? {} : { Prefix: Filter.Prefix }),
    ...(NoncurrentVersionExpiration === undefined ? {} : { NoncurrentVersionExpiration }),
    ...(rule.AbortIncompleteMultipartUpload === undefined
      ? {}
      : { AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload }),
    ...(Expiration === undefined ? {} : { ExpiredObjectDeleteMarker: true }),
  };
}

function roleResources(
  { instance, level, trust }: Blueprint,
  { roles }: Documents,
): Record<string, TemplateResource> {
  const made: Record<string, TemplateResource> = {};
  for (const { role, name, policy, trust: trusted } of roles) {
    const policyId = `ClawbackPolicy${titled(role)}`;
    made[policyId] = {
      Type: "AWS::IAM::ManagedPolicy",
      Properties: {
        ManagedPolicyName: name,
        Path: IAM_PATH,
        Description: `Clawback: ${role} of ${instance}`,
        PolicyDocument: policy,
        ...(trusted === undefined ? {} : { Roles: [{ Ref: roleId(role) }] }),
      },
    };
    if (trusted === undefined) continue;
    made[roleId(role)] = {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: name,
        Path: IAM_PATH,
        AssumeRolePolicyDocument: trusted,
        Tags: tagList,
      },
    };
  }
  if (trust !== "ec2") return made;
  const machine = machineRole(level);
  const name = roles.find(({ role }) => role === machine)?.name;
  made.ClawbackInstanceProfile = {
    Type: "AWS::IAM::InstanceProfile",
    Properties: {
      InstanceProfileName: name,
      Path: IAM_PATH,
      Roles: [{ Ref: roleId(machine) }],
    },
  };
  return made;
}

const titled = (role: RoleName): string => role.charAt(0).toUpperCase() + role.slice(1);
const roleId = (role: RoleName): string => `ClawbackRole${titled(role)}`;

function outputs(
  { bucket, isExistingBucket, trust }: Blueprint,
  { roles }: Documents,
  keyArn: string | undefined,
): Json {
  const roleArns = roles.map(({ role }) => [
    `RoleArn${titled(role)}`,
    { Value: `\${${roleId(role)}.Arn}` },
  ]);
  return {
    Bucket: { Value: isExistingBucket ? bucket : { Ref: "ClawbackBucket" } },
    ...(keyArn === undefined ? {} : { KeyArn: { Value: keyArn } }),
    ...(trust === "none" ? {} : Object.fromEntries(roleArns)),
    ...(trust === "ec2" ? { InstanceProfile: { Value: { Ref: "ClawbackInstanceProfile" } } } : {}),
  };
}

/** Texts with expressions become what CloudFormation fills in. */
function withReferences(value: unknown): unknown {
  if (typeof value === "string") return value.includes("${") ? { "Fn::Sub": value } : value;
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, withReferences(each)]));
}
