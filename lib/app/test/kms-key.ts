import { randomBytes } from "node:crypto";
import { isBackupError, Secret } from "../../base/index.ts";
import type { AppContext } from "../context.ts";
import { proveWrap, wrappingKey } from "../repositories/index.ts";
import type { OpenStorage } from "../storages.ts";
import type { Passed } from "./checks.ts";

/**
 * Whether the storage's KMS key works. AWS's is asked itself, with the encryption context that wraps this instance's passwords; another
 * service asks its own KMS when objects are written and read, which the check of the storage has just done.
 * @throws BackupError what KMS refuses
 */
export async function checkKmsKey(app: AppContext, place: OpenStorage): Promise<Passed> {
  const { settings } = place;
  if (settings.type === "directory") {
    return { outcome: "unsupported", detail: "a directory has none" };
  }
  const { sse, kmsKey } = settings;
  if (kmsKey === undefined) {
    const detail = sse === "kms" ? "the account's own key for S3 is used" : "none is configured";
    return { outcome: "unsupported", detail };
  }
  const keyId = wrappingKey(settings);
  if (keyId === undefined) {
    return { outcome: "ok", detail: `the service encrypted and decrypted objects with ${kmsKey}` };
  }
  const password = new Secret(randomBytes(24).toString("base64url"));
  try {
    const { keyArn } = await proveWrap(app, place, app.settings.instance, { password, keyId });
    return { outcome: "ok", detail: `${keyArn} encrypts and decrypts` };
  } catch (error) {
    if (!isBackupError(error, "storage-access-denied")) throw error;
    // The key may be given through S3 only; then the password cannot be wrapped, and the objects are encrypted all the same.
    const detail = `objects are encrypted with it, but it may not wrap a repository's password: ${error.message}`;
    return { outcome: "unsupported", detail };
  }
}
