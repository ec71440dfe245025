import { BackupError } from "../../base/index.ts";
import { IAM_PATH, TAGS } from "../names.ts";
import { machineRole } from "../policies/index.ts";
import type { Blueprint } from "../types.ts";
import { type Documents, documentsOf } from "./documents.ts";
import { expression } from "./expression.ts";

type Json = Readonly<Record<string, unknown>>;

const ACCOUNT = expression("data.aws_caller_identity.clawback.account_id");
const PARTITION = expression("data.aws_partition.clawback.partition");
const NEW_KEY_ARN = expression("aws_kms_key.clawback.arn");
const GIVEN_KEY_ARN = expression("data.aws_kms_key.clawback.arn");
const BUCKET_ID = expression("aws_s3_bucket.clawback.id");

/**
 * Writes what setup would make as Terraform, in its JSON syntax: save it as `clawback.tf.json`. A bucket that exists already is only given
 * the settings.
 * @throws BackupError `not-supported` for another service than AWS
 */
export function terraformConfiguration(blueprint: Blueprint): Json {
  if (blueprint.service.kind === "other") {
    throw new BackupError(
      "not-supported",
      `what is printed for Terraform is for AWS, not ${blueprint.service.name}`,
      {
        hint: "see: clawback setup --print policies",
      },
    );
  }
  const { key } = blueprint;
  const keyArn = key.kind === "new" ? NEW_KEY_ARN : key.kind === "none" ? undefined : GIVEN_KEY_ARN;
  const documents = documentsOf({
    blueprint,
    account: ACCOUNT,
    partition: PARTITION,
    region: blueprint.region,
    keyArn,
  });
  return {
    data: {
      aws_caller_identity: { clawback: {} },
      aws_partition: { clawback: {} },
      ...(key.kind === "existing" ? { aws_kms_key: { clawback: { key_id: key.id } } } : {}),
    },
    resource: {
      ...keyResources(blueprint, documents),
      ...bucketResources(blueprint, documents, keyArn),
      ...roleResources(blueprint, documents),
    },
    output: outputs(blueprint, keyArn),
  };
}

function keyResources({ key }: Blueprint, { keyPolicy }: Documents): Json {
  if (key.kind !== "new") return {};
  return {
    aws_kms_key: {
      clawback: {
        description:
          "Backups of OpenClaw agents, by Clawback. Without this key they cannot be read.",
        enable_key_rotation: true,
        deletion_window_in_days: 30,
        policy: JSON.stringify(keyPolicy),
        tags: TAGS,
        lifecycle: { prevent_destroy: true },
      },
    },
    aws_kms_alias: {
      clawback: { name: key.alias, target_key_id: expression("aws_kms_key.clawback.key_id") },
    },
  };
}

function bucketResources(
  { bucket, isExistingBucket }: Blueprint,
  { bucketPolicy, lifecycle }: Documents,
  keyArn: string | undefined,
): Json {
  const id = isExistingBucket ? bucket : BUCKET_ID;
  const one = (settings: Json): Json => ({ clawback: { bucket: id, ...settings } });
  const encryption =
    keyArn === undefined
      ? { sse_algorithm: "AES256" }
      : { sse_algorithm: "aws:kms", kms_master_key_id: keyArn };
  return {
    ...(isExistingBucket
      ? {}
      : {
          aws_s3_bucket: { clawback: { bucket, tags: TAGS, lifecycle: { prevent_destroy: true } } },
        }),
    aws_s3_bucket_ownership_controls: one({ rule: { object_ownership: "BucketOwnerEnforced" } }),
    aws_s3_bucket_public_access_block: one({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    }),
    aws_s3_bucket_versioning: one({ versioning_configuration: { status: "Enabled" } }),
    aws_s3_bucket_server_side_encryption_configuration: one({
      rule: {
        apply_server_side_encryption_by_default: encryption,
        ...(keyArn === undefined ? {} : { bucket_key_enabled: true }),
      },
    }),
    aws_s3_bucket_policy: one({ policy: JSON.stringify(bucketPolicy) }),
    aws_s3_bucket_lifecycle_configuration: one({ rule: lifecycle.map(lifecycleRule) }),
  };
}

function lifecycleRule(rule: Documents["lifecycle"][number]): Json {
  const { ID, Status, Filter, Expiration, NoncurrentVersionExpiration } = rule;
  const uploads = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  const versions = NoncurrentVersionExpiration?.NoncurrentDays;
  return {
    id: ID,
    status: Status,
    filter: { prefix: Filter.Prefix },
    ...(versions === undefined
      ? {}
      : { noncurrent_version_expiration: { noncurrent_days: versions } }),
    ...(uploads === undefined
      ? {}
      : { abort_incomplete_multipart_upload: { days_after_initiation: uploads } }),
    ...(Expiration === undefined ? {} : { expiration: { expired_object_delete_marker: true } }),
  };
}

function roleResources({ level, trust }: Blueprint, { roles }: Documents): Json {
  const policies = roles.map(({ role, name, policy }) => [
    role,
    { name, path: IAM_PATH, policy: JSON.stringify(policy), tags: TAGS },
  ]);
  const trusted = roles.flatMap(({ role, name, trust: document }) =>
    document === undefined
      ? []
      : [
          [
            role,
            { name, path: IAM_PATH, assume_role_policy: JSON.stringify(document), tags: TAGS },
          ],
        ],
  );
  const attached = roles.map(({ role }) => [
    role,
    { role: `\${aws_iam_role.${role}.name}`, policy_arn: `\${aws_iam_policy.${role}.arn}` },
  ]);
  const machine = machineRole(level);
  const profile = {
    name: roles.find(({ role }) => role === machine)?.name,
    path: IAM_PATH,
    role: `\${aws_iam_role.${machine}.name}`,
  };
  return {
    aws_iam_policy: Object.fromEntries(policies),
    ...(trust === "none"
      ? {}
      : {
          aws_iam_role: Object.fromEntries(trusted),
          aws_iam_role_policy_attachment: Object.fromEntries(attached),
        }),
    ...(trust === "ec2" ? { aws_iam_instance_profile: { clawback: profile } } : {}),
  };
}

function outputs({ bucket, level, trust }: Blueprint, keyArn: string | undefined): Json {
  return {
    bucket: { value: bucket },
    ...(keyArn === undefined ? {} : { key_arn: { value: keyArn } }),
    ...(trust === "none"
      ? {}
      : { role_arn: { value: `\${aws_iam_role.${machineRole(level)}.arn}` } }),
  };
}
