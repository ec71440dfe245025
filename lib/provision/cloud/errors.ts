import { failureDetails, firstSentence, readFailure, translateAwsError } from "../../aws/index.ts";
import { BackupError } from "../../base/index.ts";
import type { ApiCall } from "../types.ts";

/** The right that an operation needs where it is not named like it. */
const ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: "s3:ListBucket",
  GetBucketEncryption: "s3:GetEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "s3:GetLifecycleConfiguration",
  GetPublicAccessBlock: "s3:GetBucketPublicAccessBlock",
  PutBucketEncryption: "s3:PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "s3:PutLifecycleConfiguration",
  PutPublicAccessBlock: "s3:PutBucketPublicAccessBlock",
};

export function actionOf({ service, operation }: ApiCall): string {
  return ACTIONS[operation] ?? `${service}:${operation}`;
}

/** Turns what an SDK client threw into the failure that a user can act on; `details.serviceCode` has the service's own name for it. */
export function translateApiError(error: unknown, call: ApiCall, now: Date): BackupError {
  const subject = subjectOf(call);
  const failure = readFailure(error);
  const details = { ...failureDetails(failure), operation: call.operation };
  const isDenied =
    failure.status === 403 ||
    /^(AccessDenied|AllAccessDisabled|UnauthorizedOperation)/.test(failure.name);
  const common = translateAwsError(error, { subject, now });
  if (common !== undefined) return common;
  if (isDenied) {
    const action = /perform: ([a-z0-9-]+:\w+)/i.exec(failure.message)?.[1] ?? actionOf(call);
    return new BackupError("storage-access-denied", `${subject}: ${action} is not allowed`, {
      details: { ...details, action },
      hint: `use credentials that may ${action}, or have an administrator deploy what setup prints: clawback setup --print cloudformation`,
      cause: error,
    });
  }
  // The answer to a HEAD has no body that could say more.
  const isSilent = /^Unknown/.test(failure.name);
  const said = isSilent
    ? `status ${failure.status}`
    : `${failure.name}: ${firstSentence(failure.message)}`;
  return new BackupError("storage-rejected", `${subject}: ${call.operation} was refused: ${said}`, {
    details,
    cause: error,
  });
}

function subjectOf({ service, input }: ApiCall): string {
  const name = (key: string): string | undefined =>
    typeof input[key] === "string" ? (input[key] as string) : undefined;
  if (service === "s3") return `s3://${name("Bucket") ?? ""}`;
  if (service === "kms") return `KMS key ${name("AliasName") ?? name("KeyId") ?? "(new)"}`;
  const what =
    name("RoleName") ?? name("InstanceProfileName") ?? name("PolicyName") ?? name("PolicyArn");
  return what === undefined ? service.toUpperCase() : `IAM ${what}`;
}
