import { BackupError } from "../../base/index.ts";

/** How the service is asked to encrypt. */
export interface EncryptionOptions {
  readonly sse: "kms" | "s3" | "none";
  readonly kmsKeyId?: string | undefined;
}

/** The part of a PutObject or CreateMultipartUpload that asks for encryption; parts of an upload inherit it. */
export interface RequestEncryption {
  readonly ServerSideEncryption?: "aws:kms" | "AES256";
  readonly SSEKMSKeyId?: string;
  /** One data key for many objects: fewer, cheaper calls to KMS. */
  readonly BucketKeyEnabled?: true;
}

export function requestEncryption({ sse, kmsKeyId }: EncryptionOptions): RequestEncryption {
  if (sse === "none") return {};
  if (sse === "s3") return { ServerSideEncryption: "AES256" };
  return {
    ServerSideEncryption: "aws:kms",
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    BucketKeyEnabled: true,
  };
}

/**
 * Refuses a service that takes a request for KMS encryption and stores without: some ignore headers that they do not know.
 * @throws BackupError `storage-rejected`
 */
export function assertEncrypted(
  asked: RequestEncryption,
  answered: { readonly ServerSideEncryption?: string | undefined },
  location: string,
): void {
  if (asked.ServerSideEncryption !== "aws:kms") return;
  if (answered.ServerSideEncryption?.startsWith("aws:kms")) return;
  throw new BackupError(
    "storage-rejected",
    `${location} stores without the KMS encryption that was asked for`,
    {
      details: { asked: "aws:kms", answered: answered.ServerSideEncryption },
      hint: "choose another kind of encryption for this storage, and remove what was written unencrypted",
    },
  );
}
