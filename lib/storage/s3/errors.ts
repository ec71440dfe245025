import {
  type AwsFailure,
  failureDetails,
  firstSentence,
  readFailure,
  translateAwsError,
} from "../../aws/index.ts";
import { BackupError, type ErrorCode, quote } from "../../base/index.ts";
import { objectNotFound } from "../failures.ts";
import type { S3Bucket } from "./bucket.ts";

/** The right that each request needs. */
const ACTIONS = {
  PutObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  DeleteObject: "s3:DeleteObject",
  ListObjects: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
  GetBucketVersioning: "s3:GetBucketVersioning",
  GetObjectLockConfiguration: "s3:GetBucketObjectLockConfiguration",
} as const;

export type S3Operation = keyof typeof ACTIONS;

export interface S3Call {
  readonly operation: S3Operation;
  readonly key?: string | undefined;
  readonly bucket: Pick<S3Bucket, "location" | "region" | "base" | "encryption" | "clock">;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint?: string;
}

const KMS_STATE_HINT =
  "enable the key, or cancel its deletion: without it nothing stored with it can be read";
const KMS_NOT_FOUND: Meaning = {
  code: "storage-rejected",
  text: "the KMS key does not exist there",
  hint: "check the key's id and that it is in the bucket's region",
};
const FULL: Meaning = {
  code: "storage-full",
  text: "the storage or its quota is full",
  hint: "free some space there or raise the quota",
};
const DAMAGED_ON_THE_WAY: Meaning = {
  code: "storage-unavailable",
  text: "the bytes were changed on the way",
  hint: "try again; if it stays, check network devices in between",
};

/** Answers that are particular to S3, by their code. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: {
    code: "storage-not-found",
    text: "the bucket does not exist",
    hint: "make it, or check bucket, region and endpoint of the storage",
  },
  InvalidBucketName: {
    code: "storage-not-found",
    text: "this cannot be the name of a bucket",
    hint: "check the bucket's name",
  },
  NoSuchUpload: {
    code: "storage-rejected",
    text: "the upload was ended by somebody else",
    hint: "check that no clean-up of unfinished uploads runs in the bucket while backups are made",
  },
  PreconditionFailed: { code: "storage-conflict", text: "the object exists already" },
  "KMS.DisabledException": {
    code: "storage-rejected",
    text: "the KMS key is disabled",
    hint: KMS_STATE_HINT,
  },
  "KMS.KMSInvalidStateException": {
    code: "storage-rejected",
    text: "the KMS key is not in a usable state, perhaps scheduled for deletion",
    hint: KMS_STATE_HINT,
  },
  "KMS.NotFoundException": KMS_NOT_FOUND,
  "kms:KeyNotFound": KMS_NOT_FOUND,
  "KMS.InvalidKeyUsageException": {
    code: "storage-rejected",
    text: "the KMS key cannot encrypt objects",
    hint: "name a symmetric encryption key",
  },
  "KMS.KeyUnavailableException": {
    code: "storage-unavailable",
    text: "the service cannot reach the KMS key",
    hint: "try again later",
  },
  InvalidObjectState: {
    code: "storage-rejected",
    text: "the object lies in an archive class (Glacier) and must be brought back first",
    hint: "restore it to the standard class in the bucket, and keep backups out of such classes",
  },
  SecondLevelDomainForbidden: {
    code: "storage-rejected",
    text: "the service wants the bucket in the host name",
    hint: "set the storage's addressing to virtual",
  },
  QuotaExceeded: FULL,
  XMinioStorageFull: FULL,
  XMinioAdminBucketQuotaExceeded: FULL,
  InsufficientStorage: FULL,
  BadDigest: DAMAGED_ON_THE_WAY,
  XAmzContentSHA256Mismatch: DAMAGED_ON_THE_WAY,
  XAmzContentChecksumMismatch: DAMAGED_ON_THE_WAY,
};

/** Turns what an S3 client threw into the failure that a user can act on. `BackupError`s pass unchanged. */
export function translateS3Error(error: unknown, call: S3Call): BackupError {
  if (error instanceof BackupError) return error;
  const failure = readFailure(error);
  const { location, clock } = call.bucket;
  if (isAbsent(failure, call) && call.key !== undefined) {
    return objectNotFound(location, call.key, error);
  }
  return (
    translateMeaning(failure, call, error) ??
    translateWrongRegion(failure, call, error) ??
    translateAwsError(error, { subject: location, now: clock.now() }) ??
    translateDenial(failure, call, error) ??
    translateOther(failure, call, error)
  );
}

/** A version that is gone, and the marker of a deletion, are absent like an object that never was. */
function isAbsent({ name }: AwsFailure, { operation }: S3Call): boolean {
  if (name === "NoSuchKey" || name === "NoSuchVersion") return true;
  return name === "MethodNotAllowed" && operation === "GetObject";
}

/** Whether a request failed because the service does not know it. */
export function isUnknownRequest(error: unknown): boolean {
  if (!(error instanceof BackupError)) return false;
  const { serviceCode, httpStatus } = error.details;
  return httpStatus === 501 || httpStatus === 405 || serviceCode === "NotImplemented";
}

function translateMeaning(
  failure: AwsFailure,
  call: S3Call,
  cause: unknown,
): BackupError | undefined {
  const isFull =
    failure.status === 507 || /storage cap exceeded|quota exceeded/i.test(failure.message);
  const meaning = MEANINGS[failure.name] ?? (isFull ? FULL : undefined);
  if (meaning === undefined) return undefined;
  const { code, text, hint } = meaning;
  const isOfBucket = code === "storage-not-found" || code === "storage-full";
  const subject = isOfBucket ? call.bucket.location : subjectOf(call);
  return new BackupError(code, `${subject}: ${text}`, {
    details: detailsOf(failure, call),
    hint,
    cause,
  });
}

function translateWrongRegion(
  failure: AwsFailure,
  call: S3Call,
  cause: unknown,
): BackupError | undefined {
  const isRedirect = failure.status === 301 || failure.status === 307;
  const isMalformed = failure.name === "AuthorizationHeaderMalformed";
  if (!isRedirect && !isMalformed && failure.name !== "IllegalLocationConstraintException") {
    return undefined;
  }
  const expected =
    failure.fields.Region ??
    failure.headers["x-amz-bucket-region"] ??
    /expecting '([\w-]+)'/.exec(failure.message)?.[1];
  const region = typeof expected === "string" ? expected : undefined;
  if (region === undefined && isMalformed) return undefined;
  const { location, region: configured } = call.bucket;
  return new BackupError(
    "storage-rejected",
    `${location}: the bucket is in region ${region ?? "unknown"}, ${configured ?? "another"} is configured`,
    {
      details: { ...detailsOf(failure, call), region },
      hint:
        region === undefined
          ? "look up the bucket's region and set it for this storage"
          : `set the storage's region to ${region}`,
      cause,
    },
  );
}

function translateDenial(
  failure: AwsFailure,
  call: S3Call,
  cause: unknown,
): BackupError | undefined {
  if (failure.status !== 403 && !/^(AccessDenied|AllAccessDisabled)/.test(failure.name)) {
    return undefined;
  }
  const action =
    /perform: ([a-z0-9-]+:\w+)/i.exec(failure.message)?.[1] ?? deniedAction(failure, call);
  const isKms = action.startsWith("kms:");
  return new BackupError("storage-access-denied", `${subjectOf(call)}: ${action} is not allowed`, {
    details: { ...detailsOf(failure, call), action },
    hint: isKms
      ? `allow ${action} on the KMS key, in its key policy or the role's`
      : denialHint(call, action),
    cause,
  });
}

/** S3 tells of KMS in the message even where it does not name the action. */
function deniedAction({ message }: AwsFailure, { operation }: S3Call): string {
  if (!/\bkms\b/i.test(message)) return ACTIONS[operation];
  return operation === "GetObject" || operation === "CompleteMultipartUpload"
    ? "kms:Decrypt"
    : "kms:GenerateDataKey";
}

function denialHint({ operation, bucket }: S3Call, action: string): string {
  const owner = bucket.base.ExpectedBucketOwner;
  const whose =
    owner === undefined ? "" : `, and check that the bucket belongs to account ${owner}`;
  const absent =
    operation === "GetObject"
      ? " (and s3:ListBucket: without it an absent object looks the same)"
      : "";
  return `allow ${action}${absent} in the policy of these credentials${whose}`;
}

function translateOther(failure: AwsFailure, call: S3Call, cause: unknown): BackupError {
  const details = detailsOf(failure, call);
  if (
    /deserialization|not expected|char '/i.test(failure.message) ||
    failure.name === "SyntaxError"
  ) {
    return new BackupError(
      "storage-rejected",
      `${call.bucket.location}: what answers there is no S3 service (status ${failure.status ?? "unknown"})`,
      { details, hint: "check the endpoint", cause },
    );
  }
  const said = firstSentence(failure.message);
  return new BackupError(
    "storage-rejected",
    `${subjectOf(call)}: ${call.operation} was refused: ${failure.name}: ${said}`,
    { details, cause },
  );
}

function subjectOf({ key, bucket }: S3Call): string {
  return key === undefined ? bucket.location : `${bucket.location}: object ${quote(key)}`;
}

function detailsOf(
  failure: AwsFailure,
  { operation, key, bucket }: S3Call,
): Record<string, unknown> {
  return { ...failureDetails(failure), operation, location: bucket.location, key };
}
