import { BackupError, type Secret } from "../base/index.ts";
import { readFileIfExists } from "../filesystem/index.ts";
import type { AppContext } from "./context.ts";

const MAX_KEY_BYTES = 1024 * 1024;

const PASSWORD_HINT =
  "set CLAWBACK_PASSWORD, CLAWBACK_PASSWORD_FILE or CLAWBACK_PASSWORD_COMMAND, or use --password-file";

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
    hint: PASSWORD_HINT,
  });
}

/**
 * Asks for a password that nobody has typed before: twice, because a slip would make a backup that nobody can open.
 * @throws BackupError `confirmation-required` where nobody can be asked; `invalid-argument` for an empty one, and for two that differ
 */
export async function newPassword(app: AppContext): Promise<Secret> {
  if (app.askPassword === undefined) {
    const message = "--encrypt needs a password, and there is no terminal to ask on";
    throw new BackupError("confirmation-required", message, { hint: PASSWORD_HINT });
  }
  const password = await app.askPassword("New password for this archive:");
  if (password.reveal() === "") throw new BackupError("invalid-argument", "the password is empty");
  const again = await app.askPassword("The same password again:");
  if (again.reveal() === password.reveal()) return password;
  throw new BackupError("invalid-argument", "the two passwords differ; nothing was made");
}

/** @throws BackupError `path-not-found` */
export function readKeyFile(path: string): Uint8Array {
  const key = readFileIfExists(path, MAX_KEY_BYTES);
  if (key !== undefined) return key;
  throw new BackupError("path-not-found", `key file ${path} does not exist`);
}
