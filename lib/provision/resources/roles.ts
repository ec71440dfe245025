import type { Answer } from "../cloud/index.ts";
import { isSameDocument, parseDocument } from "../documents.ts";
import { IAM_PATH, iamName, TAGS } from "../names.ts";
import {
  machineRole,
  ROLE_SENTENCES,
  type RoleName,
  rolePolicy,
  rolesOf,
  type Trust,
  trustPolicy,
} from "../policies/index.ts";
import type { ApiCall, Blueprint } from "../types.ts";
import { AS_WANTED, hiddenBy, type Look, type Resource, type Site, scopeOf } from "./resource.ts";

const MOST_POLICY_VERSIONS = 5;
const IAM_TAGS = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));

/** The policies of the level, and where asked the roles that have them. */
export function roleResources(blueprint: Blueprint): Resource[] {
  const { level, trust, service } = blueprint;
  const roles = rolesOf(level);
  const policies = roles.map((role) => policyResource(blueprint, role));
  if (service.kind === "other" || trust === "none") return policies;
  const made = roles.flatMap((role) => [
    roleResource(blueprint, role, trust),
    attachment(blueprint, role),
  ]);
  const profile = trust === "ec2" ? [profileResource(blueprint)] : [];
  return [...policies, ...made, ...profile];
}

export function policyArn({ caller, blueprint }: Site, role: RoleName): string {
  const { partition = "aws", account = "" } = caller ?? {};
  return `arn:${partition}:iam::${account}:policy${IAM_PATH}${iamName(blueprint.instance, role)}`;
}

export function roleArn({ caller, blueprint }: Site, role: RoleName): string {
  const { partition = "aws", account = "" } = caller ?? {};
  return `arn:${partition}:iam::${account}:role${IAM_PATH}${iamName(blueprint.instance, role)}`;
}

function iam(operation: string, input: ApiCall["input"]): ApiCall {
  return { service: "iam", operation, input };
}

function policyResource({ instance, service }: Blueprint, role: RoleName): Resource {
  return {
    id: `policy-${role}`,
    title: `policy ${iamName(instance, role)}`,
    purpose: ROLE_SENTENCES[role],
    look: async (site) =>
      service.kind === "aws"
        ? await guarded(() => lookAtPolicy(site, role))
        : {
            state: "unsupported",
            detail: `make a user there with this policy: clawback setup --print policies`,
          },
  };
}

async function lookAtPolicy(site: Site, role: RoleName): Promise<Look> {
  const wanted = rolePolicy(scopeOf(site), role);
  const PolicyDocument = JSON.stringify(wanted);
  const PolicyArn = policyArn(site, role);
  const found = await site.cloud.find(iam("GetPolicy", { PolicyArn }));
  if (found === undefined) {
    const PolicyName = iamName(site.blueprint.instance, role);
    const Description = `Clawback: ${role} of ${site.blueprint.instance}`;
    const input = { PolicyName, Path: IAM_PATH, PolicyDocument, Description, Tags: IAM_TAGS };
    return { state: "absent", calls: [iam("CreatePolicy", input)] };
  }
  const VersionId = (found.Policy as { DefaultVersionId?: string }).DefaultVersionId;
  const version = await site.cloud.call(iam("GetPolicyVersion", { PolicyArn, VersionId }));
  const text = (version.PolicyVersion as { Document?: string }).Document;
  if (isSameDocument(parseDocument(text)?.Statement, wanted.Statement)) return AS_WANTED;
  const calls = [
    ...(await spentVersions(site, PolicyArn)),
    iam("CreatePolicyVersion", { PolicyArn, PolicyDocument, SetAsDefault: true }),
  ];
  return { state: "different", detail: "it says something else", calls };
}

/** IAM keeps five versions of a policy; the oldest makes room. */
async function spentVersions(site: Site, PolicyArn: string): Promise<ApiCall[]> {
  const answer = await site.cloud.call(iam("ListPolicyVersions", { PolicyArn }));
  const versions = (answer.Versions ?? []) as readonly {
    VersionId?: string;
    IsDefaultVersion?: boolean;
  }[];
  if (versions.length < MOST_POLICY_VERSIONS) return [];
  const oldest = versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1);
  return [iam("DeletePolicyVersion", { PolicyArn, VersionId: oldest?.VersionId })];
}

function roleResource({ instance }: Blueprint, role: RoleName, trust: Trust): Resource {
  const RoleName = iamName(instance, role);
  return {
    id: `role-${role}`,
    title: `role ${RoleName}`,
    purpose: TRUSTED[trust],
    look: (site) => guarded(() => lookAtRole(site, RoleName, trust)),
  };
}

const TRUSTED: Readonly<Record<Trust, string>> = {
  ec2: "EC2 instances take it on by their instance profile",
  "roles-anywhere": "machines elsewhere take it on with a certificate, by IAM Roles Anywhere",
  account: "whoever the account's IAM allows may take it on",
};

async function lookAtRole(site: Site, RoleName: string, trust: Trust): Promise<Look> {
  const wanted = trustPolicy(trust, scopeOf(site));
  const document = JSON.stringify(wanted);
  const found = await site.cloud.find(iam("GetRole", { RoleName }));
  if (found === undefined) {
    const input = {
      RoleName,
      Path: IAM_PATH,
      AssumeRolePolicyDocument: document,
      Description: `Clawback: ${site.blueprint.instance}`,
      Tags: IAM_TAGS,
    };
    return { state: "absent", calls: [iam("CreateRole", input)] };
  }
  const { AssumeRolePolicyDocument, Path } = found.Role as Record<string, unknown>;
  if (Path !== IAM_PATH)
    return { state: "cannot", detail: `another role has this name, at the path ${String(Path)}` };
  if (isSameDocument(parseDocument(AssumeRolePolicyDocument)?.Statement, wanted.Statement))
    return AS_WANTED;
  const update = iam("UpdateAssumeRolePolicy", { RoleName, PolicyDocument: document });
  return { state: "different", detail: "others may take it on", calls: [update] };
}

function attachment({ instance }: Blueprint, role: RoleName): Resource {
  const RoleName = iamName(instance, role);
  return {
    id: `role-${role}-policy`,
    title: `policy attached to role ${RoleName}`,
    purpose: "gives the role its rights",
    look: (site) =>
      guarded(async () => {
        const PolicyArn = policyArn(site, role);
        const answer = await site.cloud.find(iam("ListAttachedRolePolicies", { RoleName }));
        const attached = (answer?.AttachedPolicies ?? []) as readonly { PolicyArn?: string }[];
        if (attached.some((each) => each.PolicyArn === PolicyArn)) return AS_WANTED;
        return { state: "absent", calls: [iam("AttachRolePolicy", { RoleName, PolicyArn })] };
      }),
  };
}

/** Lets an EC2 instance run with the machine's role. */
function profileResource({ instance, level }: Blueprint): Resource {
  const name = iamName(instance, machineRole(level));
  return {
    id: "instance-profile",
    title: `instance profile ${name}`,
    purpose: "attach it to the EC2 instance, which then runs with the machine's role",
    look: (site) => guarded(() => lookAtProfile(site, name)),
  };
}

async function lookAtProfile(site: Site, name: string): Promise<Look> {
  const InstanceProfileName = name;
  const found = await site.cloud.find(iam("GetInstanceProfile", { InstanceProfileName }));
  const add = iam("AddRoleToInstanceProfile", { InstanceProfileName, RoleName: name });
  if (found === undefined) {
    const input = { InstanceProfileName, Path: IAM_PATH, Tags: IAM_TAGS };
    return { state: "absent", calls: [iam("CreateInstanceProfile", input), add] };
  }
  const { Roles = [] } = found.InstanceProfile as { Roles?: readonly Answer[] };
  if (Roles.some(({ RoleName }) => RoleName === name)) return AS_WANTED;
  if (Roles.length > 0) return { state: "cannot", detail: "another role stands in it" };
  return { state: "different", detail: "the role is not in it", calls: [add] };
}

/** Where reading is refused, nothing is written blindly. */
async function guarded(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    const hidden = hiddenBy(error);
    if (hidden !== undefined) return hidden;
    throw error;
  }
}
