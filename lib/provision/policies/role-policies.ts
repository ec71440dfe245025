import { type PolicyDocument, policyDocument, type Statement } from "./document.ts";
import { INSTANCE_CONTEXT, throughBucket } from "./key-policy.ts";
import { bucketArn, type InstanceScope, instancePrefix, objectsArn } from "./scope.ts";

/** How far a machine's own credentials can harm its backups. */
export type Level = "standard" | "strict";
export type RoleName = "standard" | "writer" | "restorer" | "pruner";

interface Rights {
  readonly write: boolean;
  /** Everything of the instance, or its locks and probes only, or nothing. Never versions. */
  readonly delete: "all" | "own" | "none";
}

const RIGHTS: Readonly<Record<RoleName, Rights>> = {
  standard: { write: true, delete: "all" },
  writer: { write: true, delete: "own" },
  restorer: { write: false, delete: "none" },
  pruner: { write: true, delete: "all" },
};

const ROLES: Readonly<Record<Level, readonly RoleName[]>> = {
  standard: ["standard"],
  strict: ["writer", "restorer", "pruner"],
};

export function rolesOf(level: Level): readonly RoleName[] {
  return ROLES[level];
}

/** The role whose rights the machine itself runs with. */
export function machineRole(level: Level): RoleName {
  return level === "standard" ? "standard" : "writer";
}

/** What would make backups unrecoverable; denied, so that another policy on the same role cannot give it back. */
const NEVER_ON_THE_BUCKET: readonly string[] = [
  "s3:DeleteBucket*",
  "s3:PutBucket*",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];
const NEVER_ON_OBJECTS: readonly string[] = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteObjectVersion",
  "s3:PutObjectAcl",
  "s3:PutObjectVersionAcl",
];
const NEVER_ON_THE_KEY: readonly string[] = [
  "kms:CreateGrant",
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
];

const LOOK_AT_THE_BUCKET: readonly string[] = [
  "s3:GetBucketLocation",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPolicy",
  "s3:GetBucketPublicAccessBlock",
  "s3:GetBucketTagging",
  "s3:GetBucketVersioning",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
];

/** The rights of one role, for a managed policy: below `<prefix>/<instance>/` and nowhere else. */
export function rolePolicy(scope: InstanceScope, role: RoleName): PolicyDocument {
  const rights = RIGHTS[role];
  return policyDocument([
    rights.write ? writeObjects(scope) : readObjects(scope),
    deleteObjects(scope, rights),
    readLayout(scope),
    listObjects(scope),
    lookAtBucket(scope),
    ...useKey(scope, rights),
    ...denyDestruction(scope),
  ]);
}

const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: NonNullable<Statement["Condition"]>,
): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

function readObjects(scope: InstanceScope): Statement {
  const actions = ["s3:GetObject", "s3:GetObjectVersion"];
  return allow("ReadBackups", actions, objectsArn(scope, `${scope.instance}/*`));
}

function writeObjects(scope: InstanceScope): Statement {
  const actions = [
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
  ];
  return allow("WriteAndReadBackups", actions, objectsArn(scope, `${scope.instance}/*`));
}

function deleteObjects(scope: InstanceScope, { delete: what }: Rights): Statement | undefined {
  if (what === "none") return undefined;
  const at = (path: string): string => objectsArn(scope, `${scope.instance}/${path}`);
  if (what === "all") return allow("DeleteLeavingVersions", ["s3:DeleteObject"], at("*"));
  const own = [at("repository/locks/*"), at("probe/*")];
  return allow("DeleteOwnLocksAndProbes", ["s3:DeleteObject"], own);
}

/** The marker of the layout lies beside the instances. */
function readLayout(scope: InstanceScope): Statement {
  return allow("ReadLayout", ["s3:GetObject"], objectsArn(scope, "clawback.json"));
}

/** Uploads under way cannot be listed by prefix in a policy: stranded ones are left to the lifecycle, not shown to every instance. */
function listObjects(scope: InstanceScope): Statement {
  const actions = ["s3:ListBucket", "s3:ListBucketVersions"];
  return allow("ListBackups", actions, bucketArn(scope), {
    StringLike: { "s3:prefix": `${instancePrefix(scope)}/*` },
  });
}

/** So that the machine itself notices when somebody loosens the bucket. */
function lookAtBucket(scope: InstanceScope): Statement {
  return allow("SeeHowTheBucketIsSet", LOOK_AT_THE_BUCKET, bucketArn(scope));
}

function useKey(scope: InstanceScope, { write }: Rights): Statement[] {
  const { keyArn, instance } = scope;
  if (keyArn === undefined) return [];
  const through = write ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"];
  const direct = write ? ["kms:Decrypt", "kms:Encrypt"] : ["kms:Decrypt"];
  return [
    allow("UseKeyThroughTheBucket", through, keyArn, throughBucket(scope)),
    allow("WrapOwnPassword", direct, keyArn, {
      StringEquals: { [`kms:EncryptionContext:${INSTANCE_CONTEXT}`]: instance },
      "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": INSTANCE_CONTEXT },
    }),
    allow(
      "SeeHowTheKeyIsSet",
      ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"],
      keyArn,
    ),
  ];
}

function denyDestruction(scope: InstanceScope): Statement[] {
  const deny = (Sid: string, Action: readonly string[], Resource: string): Statement => {
    return { Sid, Effect: "Deny", Action, Resource };
  };
  const { keyArn } = scope;
  return [
    deny("NeverChangeTheBucket", NEVER_ON_THE_BUCKET, bucketArn(scope)),
    deny("NeverRemoveVersions", NEVER_ON_OBJECTS, `${bucketArn(scope)}/*`),
    ...(keyArn === undefined ? [] : [deny("NeverHarmTheKey", NEVER_ON_THE_KEY, keyArn)]),
  ];
}
