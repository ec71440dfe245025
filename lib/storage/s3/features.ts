import { GetBucketVersioningCommand, GetObjectLockConfigurationCommand } from "@aws-sdk/client-s3";
import { BackupError, isBackupError } from "../../base/index.ts";
import type { StorageFeatures } from "../contract.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { isUnknownRequest } from "./errors.ts";

/** What the bucket can do: asked where there is a request for it, known from the preset otherwise. */
export async function readFeatures(
  bucket: S3Bucket,
  signal: AbortSignal | undefined,
): Promise<StorageFeatures> {
  const { encryption, service } = bucket;
  const asked = encryption.ServerSideEncryption;
  return {
    conditionalCreate: service.conditionalCreate,
    versioning: await ask(() => readVersioning(bucket, signal)),
    objectLock: await ask(() => readObjectLock(bucket, signal)),
    serverSideEncryption: asked === undefined ? "none" : asked === "aws:kms" ? "kms" : "s3",
    equalParts: service.equalParts,
  };
}

/** Undefined where the credentials may not ask; false where the service does not know the question. */
async function ask(question: () => Promise<boolean>): Promise<boolean | undefined> {
  try {
    return await question();
  } catch (error) {
    if (isUnknownRequest(error)) return false;
    if (isBackupError(error, "storage-access-denied") && error.details.action !== undefined) {
      return undefined;
    }
    throw error;
  }
}

async function readVersioning(bucket: S3Bucket, signal?: AbortSignal): Promise<boolean> {
  const facts = { operation: "GetBucketVersioning", signal } as const;
  const answer = await request(bucket, facts, (send) =>
    bucket.client.send(new GetBucketVersioningCommand(bucket.base), send),
  );
  return answer.Status === "Enabled";
}

async function readObjectLock(bucket: S3Bucket, signal?: AbortSignal): Promise<boolean> {
  const facts = { operation: "GetObjectLockConfiguration", signal } as const;
  try {
    const answer = await request(bucket, facts, (send) =>
      bucket.client.send(new GetObjectLockConfigurationCommand(bucket.base), send),
    );
    return answer.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled";
  } catch (error) {
    const isUnlocked =
      error instanceof BackupError &&
      /^ObjectLockConfigurationNotFound/.test(String(error.details.serviceCode));
    if (isUnlocked) return false;
    throw error;
  }
}
