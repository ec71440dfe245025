import { type PolicyDocument, policyDocument, type Statement } from "./document.ts";
import { bucketArn, type PolicyScope, s3Service } from "./scope.ts";

const ADMINISTRATION: readonly string[] = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:CreateGrant",
  "kms:DeleteAlias",
  "kms:Describe*",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:Get*",
  "kms:List*",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** Names the instance in the encryption context of a wrapped password. */
export const INSTANCE_CONTEXT = "clawback:instance";

/**
 * The policy of the key. The account administers it by IAM; it encrypts and decrypts only through S3 for the bucket, and, directly, only
 * what carries an instance's name: its wrapped password. Which roles may do so is said in their own policies.
 */
export function keyPolicy(scope: PolicyScope): PolicyDocument {
  return policyDocument([administer(scope), useThroughBucket(scope), wrapPasswords(scope)]);
}

function administer(scope: PolicyScope): Statement {
  return allow(scope, { Sid: "ClawbackAdministration", Action: ADMINISTRATION });
}

function useThroughBucket(scope: PolicyScope): Statement {
  return allow(scope, {
    Sid: "ClawbackObjectsOfTheBucket",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Condition: throughBucket(scope),
  });
}

/** The account is every caller of it that IAM allows the same; without a context nothing is allowed. */
function wrapPasswords(scope: PolicyScope): Statement {
  return allow(scope, {
    Sid: "ClawbackWrappedPasswords",
    Action: ["kms:Decrypt", "kms:Encrypt"],
    Condition: {
      StringLike: { [`kms:EncryptionContext:${INSTANCE_CONTEXT}`]: "?*" },
      "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": INSTANCE_CONTEXT },
    },
  });
}

function allow(
  { partition, account }: PolicyScope,
  what: Pick<Statement, "Sid" | "Action"> & { Condition?: NonNullable<Statement["Condition"]> },
): Statement {
  const { Sid, ...rest } = what;
  const Principal = { AWS: `arn:${partition}:iam::${account}:root` };
  return { Sid, Effect: "Allow", Principal, Resource: "*", ...rest };
}

/** With a bucket key the context names the bucket, without one each object of it. */
export function throughBucket(scope: PolicyScope): NonNullable<Statement["Condition"]> {
  return {
    StringEquals: { "kms:ViaService": s3Service(scope) },
    StringLike: {
      "kms:EncryptionContext:aws:s3:arn": [bucketArn(scope), `${bucketArn(scope)}/*`],
    },
  };
}
