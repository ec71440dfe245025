import { BackupError, type Secret } from "../base/index.ts";
import { readFileIfExists } from "../filesystem/index.ts";
import type { AppContext } from "./context.ts";

const MAX_KEY_BYTES = 1024 * 1024;

/** What opens an encrypted archive. */
export interface DecryptionKeys {
  readonly passphrases: readonly Secret[];
  readonly privateKeys: readonly Uint8Array[];
}

export const NO_KEYS: DecryptionKeys = { passphrases: [], privateKeys: [] };

/**
 * Collects what can open an encrypted archive: the configured password, key files, or what a person types.
 * @throws BackupError `wrong-password` when there is nothing and nobody to ask
 */
export async function decryptionKeys(
  app: AppContext,
  keyFiles: readonly string[] = [],
): Promise<DecryptionKeys> {
  const privateKeys = keyFiles.map((path) => readKeyFile(path));
  const { password } = app.settings;
  if (password !== undefined) return { passphrases: [password], privateKeys };
  if (privateKeys.length > 0) return { passphrases: [], privateKeys };
  if (app.askPassword !== undefined) {
    return { passphrases: [await app.askPassword("Password of the archive:")], privateKeys };
  }
  throw new BackupError("wrong-password", "the archive is encrypted, and no password was given", {
    hint: "set CLAWBACK_PASSWORD, CLAWBACK_PASSWORD_FILE or CLAWBACK_PASSWORD_COMMAND, or use --password-file",
  });
}

/** @throws BackupError `path-not-found` */
export function readKeyFile(path: string): Uint8Array {
  const key = readFileIfExists(path, MAX_KEY_BYTES);
  if (key !== undefined) return key;
  throw new BackupError("path-not-found", `key file ${path} does not exist`);
}
