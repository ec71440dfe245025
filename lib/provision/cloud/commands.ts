import type { ApiCall } from "../types.ts";

type Input = never;
type CommandMaker = (input: Input) => object;
/** The commands of one client, by operation. */
export type CommandTable = Readonly<Record<string, CommandMaker>>;

/** Makes the commands of a service from data; the SDK of a service is loaded when it is first used. */
export async function loadCommands(service: ApiCall["service"]): Promise<CommandTable> {
  if (service === "s3") return await s3Commands();
  if (service === "kms") return await kmsCommands();
  return service === "iam" ? await iamCommands() : await stsCommands();
}

async function s3Commands(): Promise<CommandTable> {
  const s3 = await import("@aws-sdk/client-s3");
  return {
    CreateBucket: (input: Input) => new s3.CreateBucketCommand(input),
    GetBucketEncryption: (input: Input) => new s3.GetBucketEncryptionCommand(input),
    GetBucketLifecycleConfiguration: (input: Input) =>
      new s3.GetBucketLifecycleConfigurationCommand(input),
    GetBucketLocation: (input: Input) => new s3.GetBucketLocationCommand(input),
    GetBucketOwnershipControls: (input: Input) => new s3.GetBucketOwnershipControlsCommand(input),
    GetBucketPolicy: (input: Input) => new s3.GetBucketPolicyCommand(input),
    GetBucketTagging: (input: Input) => new s3.GetBucketTaggingCommand(input),
    GetBucketVersioning: (input: Input) => new s3.GetBucketVersioningCommand(input),
    GetPublicAccessBlock: (input: Input) => new s3.GetPublicAccessBlockCommand(input),
    HeadBucket: (input: Input) => new s3.HeadBucketCommand(input),
    PutBucketEncryption: (input: Input) => new s3.PutBucketEncryptionCommand(input),
    PutBucketLifecycleConfiguration: (input: Input) =>
      new s3.PutBucketLifecycleConfigurationCommand(input),
    PutBucketOwnershipControls: (input: Input) => new s3.PutBucketOwnershipControlsCommand(input),
    PutBucketPolicy: (input: Input) => new s3.PutBucketPolicyCommand(input),
    PutBucketTagging: (input: Input) => new s3.PutBucketTaggingCommand(input),
    PutBucketVersioning: (input: Input) => new s3.PutBucketVersioningCommand(input),
    PutPublicAccessBlock: (input: Input) => new s3.PutPublicAccessBlockCommand(input),
    DeleteObject: (input: Input) => new s3.DeleteObjectCommand(input),
  };
}

async function kmsCommands(): Promise<CommandTable> {
  const kms = await import("@aws-sdk/client-kms");
  return {
    CreateAlias: (input: Input) => new kms.CreateAliasCommand(input),
    CreateKey: (input: Input) => new kms.CreateKeyCommand(input),
    DescribeKey: (input: Input) => new kms.DescribeKeyCommand(input),
    EnableKeyRotation: (input: Input) => new kms.EnableKeyRotationCommand(input),
    GetKeyPolicy: (input: Input) => new kms.GetKeyPolicyCommand(input),
    GetKeyRotationStatus: (input: Input) => new kms.GetKeyRotationStatusCommand(input),
    ListKeys: (input: Input) => new kms.ListKeysCommand(input),
    ListResourceTags: (input: Input) => new kms.ListResourceTagsCommand(input),
    PutKeyPolicy: (input: Input) => new kms.PutKeyPolicyCommand(input),
  };
}

async function iamCommands(): Promise<CommandTable> {
  const iam = await import("@aws-sdk/client-iam");
  return {
    AddRoleToInstanceProfile: (input: Input) => new iam.AddRoleToInstanceProfileCommand(input),
    AttachRolePolicy: (input: Input) => new iam.AttachRolePolicyCommand(input),
    CreateInstanceProfile: (input: Input) => new iam.CreateInstanceProfileCommand(input),
    CreatePolicy: (input: Input) => new iam.CreatePolicyCommand(input),
    CreatePolicyVersion: (input: Input) => new iam.CreatePolicyVersionCommand(input),
    CreateRole: (input: Input) => new iam.CreateRoleCommand(input),
    DeleteInstanceProfile: (input: Input) => new iam.DeleteInstanceProfileCommand(input),
    DeletePolicy: (input: Input) => new iam.DeletePolicyCommand(input),
    DeletePolicyVersion: (input: Input) => new iam.DeletePolicyVersionCommand(input),
    DeleteRole: (input: Input) => new iam.DeleteRoleCommand(input),
    DetachRolePolicy: (input: Input) => new iam.DetachRolePolicyCommand(input),
    GetInstanceProfile: (input: Input) => new iam.GetInstanceProfileCommand(input),
    GetPolicy: (input: Input) => new iam.GetPolicyCommand(input),
    GetPolicyVersion: (input: Input) => new iam.GetPolicyVersionCommand(input),
    GetRole: (input: Input) => new iam.GetRoleCommand(input),
    ListAttachedRolePolicies: (input: Input) => new iam.ListAttachedRolePoliciesCommand(input),
    ListPolicyVersions: (input: Input) => new iam.ListPolicyVersionsCommand(input),
    RemoveRoleFromInstanceProfile: (input: Input) =>
      new iam.RemoveRoleFromInstanceProfileCommand(input),
    UpdateAssumeRolePolicy: (input: Input) => new iam.UpdateAssumeRolePolicyCommand(input),
    SimulatePrincipalPolicy: (input: Input) => new iam.SimulatePrincipalPolicyCommand(input),
  };
}

async function stsCommands(): Promise<CommandTable> {
  const sts = await import("@aws-sdk/client-sts");
  return { GetCallerIdentity: (input: Input) => new sts.GetCallerIdentityCommand(input) };
}
