import { type CloudOptions, openCloud } from "./cloud/index.ts";
import { iamName } from "./names.ts";
import { openSite } from "./plan.ts";
import { machineRole, type RoleName, rolesOf } from "./policies/index.ts";
import { policyArn, type Site } from "./resources/index.ts";
import type { ApiCall, Blueprint, Caller } from "./types.ts";

export interface TeardownPlan {
  readonly blueprint: Blueprint;
  readonly caller: Caller | undefined;
  /** What is removed: roles and policies of this instance. */
  readonly calls: readonly ApiCall[];
  /** What stays, because backups need it, with the commands that would remove it for ever. */
  readonly stays: readonly { readonly title: string; readonly command: string }[];
}

/** Finds what setup has made of roles and policies; reads only. Data, bucket and key are never touched. */
export async function planTeardown(
  blueprint: Blueprint,
  options: CloudOptions,
): Promise<TeardownPlan> {
  await using cloud = openCloud(options);
  const site = await openSite(cloud, blueprint);
  const isAws = blueprint.service.kind === "aws";
  const calls = isAws ? await removals(site) : [];
  return { blueprint, caller: site.caller, calls, stays: whatStays(blueprint) };
}

export async function applyTeardown(plan: TeardownPlan, options: CloudOptions): Promise<number> {
  await using cloud = openCloud(options);
  for (const call of plan.calls) await cloud.find(call);
  return plan.calls.length;
}

const iam = (operation: string, input: ApiCall["input"]): ApiCall => ({
  service: "iam",
  operation,
  input,
});

async function removals(site: Site): Promise<ApiCall[]> {
  const { instance, level } = site.blueprint;
  const calls = await profileRemoval(site, iamName(instance, machineRole(level)));
  for (const role of rolesOf(level)) {
    calls.push(...(await roleRemoval(site, role)), ...(await policyRemoval(site, role)));
  }
  return calls;
}

async function profileRemoval({ cloud }: Site, InstanceProfileName: string): Promise<ApiCall[]> {
  const found = await cloud.find(iam("GetInstanceProfile", { InstanceProfileName }));
  if (found === undefined) return [];
  const { Roles = [] } = found.InstanceProfile as { Roles?: readonly { RoleName?: string }[] };
  return [
    ...Roles.map(({ RoleName }) =>
      iam("RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName }),
    ),
    iam("DeleteInstanceProfile", { InstanceProfileName }),
  ];
}

async function roleRemoval(site: Site, role: RoleName): Promise<ApiCall[]> {
  const RoleName = iamName(site.blueprint.instance, role);
  const { cloud } = site;
  if ((await cloud.find(iam("GetRole", { RoleName }))) === undefined) return [];
  const answer = await cloud.find(iam("ListAttachedRolePolicies", { RoleName }));
  const attached = (answer?.AttachedPolicies ?? []) as readonly { PolicyArn?: string }[];
  return [
    ...attached.map(({ PolicyArn }) => iam("DetachRolePolicy", { RoleName, PolicyArn })),
    iam("DeleteRole", { RoleName }),
  ];
}

async function policyRemoval(site: Site, role: RoleName): Promise<ApiCall[]> {
  const { cloud } = site;
  const PolicyArn = policyArn(site, role);
  const answer = await cloud.find(iam("ListPolicyVersions", { PolicyArn }));
  if (answer === undefined) return [];
  const versions = (answer.Versions ?? []) as readonly {
    VersionId?: string;
    IsDefaultVersion?: boolean;
  }[];
  return [
    ...versions
      .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
      .map(({ VersionId }) => iam("DeletePolicyVersion", { PolicyArn, VersionId })),
    iam("DeletePolicy", { PolicyArn }),
  ];
}

function whatStays({ bucket, key, service, region }: Blueprint): TeardownPlan["stays"] {
  const stays = [
    {
      title: `bucket ${bucket} with every backup in it, its policy and its lifecycle`,
      command:
        service.kind === "aws"
          ? `aws s3 rb s3://${bucket} --force --region ${region}   (old versions must be removed as well)`
          : `remove bucket ${bucket} at ${service.name}`,
    },
  ];
  if (key.kind !== "new" || service.kind === "other") return stays;
  return [
    ...stays,
    {
      title: `KMS key ${key.alias}; without it no object of the bucket can be read again`,
      command: `aws kms schedule-key-deletion --region ${region} --pending-window-in-days 30 --key-id "$(aws kms describe-key --region ${region} --key-id ${key.alias} --query KeyMetadata.KeyId --output text)"`,
    },
  ];
}
