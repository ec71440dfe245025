import type { KMSClient } from "@aws-sdk/client-kms";
import { BackupError, type Clock, quote } from "../base/index.ts";
import { createKmsClient } from "./clients.ts";
import { translateKmsError } from "./kms-errors.ts";
import type { AwsClientOptions } from "./options.ts";

export interface KmsOptions extends AwsClientOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Authenticated with the ciphertext; decrypting needs the same. Not secret: it stands in KMS's logs. */
export type EncryptionContext = Readonly<Record<string, string>>;

export interface KmsKeyFacts {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, … */
  readonly state: string;
  /** Whether it can encrypt objects and wrap passwords now. */
  readonly isUsable: boolean;
  /** AWS's own key (`aws/s3`) is shared by the account and cannot be restricted. */
  readonly isOwnedByAws: boolean;
}

/**
 * Looks a key up by id, alias or ARN. Needs `kms:DescribeKey`; objects can be written and read without that right.
 * @throws BackupError `storage-rejected` when there is no such key, `storage-access-denied`
 */
export async function checkKmsKey(keyId: string, options: KmsOptions): Promise<KmsKeyFacts> {
  const { DescribeKeyCommand } = await import("@aws-sdk/client-kms");
  const { KeyMetadata: facts } = await call("kms:DescribeKey", keyId, options, (client, request) =>
    client.send(new DescribeKeyCommand({ KeyId: keyId }), request),
  );
  return {
    arn: facts?.Arn ?? keyId,
    state: facts?.KeyState ?? "unknown",
    isUsable: facts?.KeyState === "Enabled" && facts.KeySpec === "SYMMETRIC_DEFAULT",
    isOwnedByAws: facts?.KeyManager === "AWS",
  };
}

export interface KmsCiphertext {
  readonly ciphertext: Uint8Array;
  /** Of the key itself: an alias may point to another key some day. */
  readonly keyArn: string;
}

/**
 * Encrypts at most 4 KiB, such as a repository's password.
 * @throws BackupError `limit-exceeded`, `storage-rejected`, `storage-access-denied`
 */
export async function encryptWithKms(
  keyId: string,
  plaintext: Uint8Array,
  options: KmsOptions & { readonly context: EncryptionContext },
): Promise<KmsCiphertext> {
  if (plaintext.byteLength > 4096) {
    throw new BackupError(
      "limit-exceeded",
      `${plaintext.byteLength} bytes are too many for KMS, 4096 are allowed`,
    );
  }
  const { EncryptCommand } = await import("@aws-sdk/client-kms");
  const input = { KeyId: keyId, Plaintext: plaintext, EncryptionContext: { ...options.context } };
  const output = await call("kms:Encrypt", keyId, options, (client, request) =>
    client.send(new EncryptCommand(input), request),
  );
  return { ciphertext: present(output.CiphertextBlob, keyId), keyArn: output.KeyId ?? keyId };
}

/**
 * Decrypts what {@link encryptWithKms} gave, by the same key only.
 * @throws BackupError `data-corrupt` when it is not that key's, was changed, or the context differs
 */
export async function decryptWithKms(
  keyId: string,
  ciphertext: Uint8Array,
  options: KmsOptions & { readonly context: EncryptionContext },
): Promise<Uint8Array> {
  const { DecryptCommand } = await import("@aws-sdk/client-kms");
  const input = {
    KeyId: keyId,
    CiphertextBlob: ciphertext,
    EncryptionContext: { ...options.context },
  };
  const output = await call("kms:Decrypt", keyId, options, (client, request) =>
    client.send(new DecryptCommand(input), request),
  );
  return present(output.Plaintext, keyId);
}

async function call<T>(
  action: string,
  keyId: string,
  options: KmsOptions,
  send: (client: KMSClient, request: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  const client = await createKmsClient(options);
  const request = options.signal === undefined ? {} : { abortSignal: options.signal };
  try {
    return await send(client, request);
  } catch (error) {
    throw translateKmsError(error, { keyId, action, now: options.clock.now() });
  } finally {
    client.destroy();
  }
}

function present(bytes: Uint8Array | undefined, keyId: string): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw new BackupError("storage-rejected", `KMS key ${quote(keyId)}: the answer has no content`);
}
