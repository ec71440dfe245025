import { BackupError, type ErrorCode, quote } from "../base/index.ts";
import { readFailure } from "./failure.ts";
import { failureDetails, firstSentence, translateAwsError } from "./service-errors.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  NotFoundException: {
    code: "storage-rejected",
    text: "does not exist in this account and region",
    hint: "check the key id or alias, and the region",
  },
  DisabledException: {
    code: "storage-rejected",
    text: "is disabled",
    hint: "enable the key in KMS; what it encrypted can be read again then",
  },
  KMSInvalidStateException: {
    code: "storage-rejected",
    text: "is not in a usable state, perhaps scheduled for deletion",
    hint: "cancel the key's deletion in KMS at once: without the key, what it encrypted is lost",
  },
  InvalidKeyUsageException: {
    code: "storage-rejected",
    text: "is not a symmetric encryption key",
    hint: "name a key of the kind SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT",
  },
  InvalidCiphertextException: {
    code: "data-corrupt",
    text: "did not encrypt this, or with another encryption context",
    hint: "check that the ciphertext belongs to this instance and is unchanged",
  },
  IncorrectKeyException: {
    code: "data-corrupt",
    text: "is not the key that encrypted this",
    hint: "name the key that was used",
  },
  KeyUnavailableException: {
    code: "storage-unavailable",
    text: "cannot be reached by KMS at the moment",
    hint: "try again later",
  },
  DependencyTimeoutException: {
    code: "storage-unavailable",
    text: "cannot be reached by KMS at the moment",
    hint: "try again later",
  },
};

/** Turns what a KMS client threw into the failure that a user can act on. */
export function translateKmsError(
  error: unknown,
  call: { readonly keyId: string; readonly action: string; readonly now: Date },
): BackupError {
  const subject = `KMS key ${quote(call.keyId)}`;
  const failure = readFailure(error);
  const details = { ...failureDetails(failure), keyId: call.keyId, action: call.action };
  const meaning = MEANINGS[failure.name];
  if (meaning !== undefined) {
    const { code, text, hint } = meaning;
    return new BackupError(code, `${subject} ${text} (${failure.name})`, {
      details,
      hint,
      cause: error,
    });
  }
  if (failure.name === "AccessDeniedException") {
    const action = /perform: (kms:\w+)/.exec(failure.message)?.[1] ?? call.action;
    return new BackupError("storage-access-denied", `${subject}: ${action} is not allowed`, {
      details: { ...details, action },
      hint: `allow ${action} on the key, in its key policy or in the role's`,
      cause: error,
    });
  }
  const common = translateAwsError(error, { subject, now: call.now });
  if (common !== undefined) return common;
  const message = `${subject}: ${failure.name}: ${firstSentence(failure.message)}`;
  return new BackupError("storage-rejected", message, { details, cause: error });
}
