import { BackupError } from "../../base/index.ts";
import type { DecryptOptions, EncryptOptions } from "../types.ts";

/**
 * Encrypts a stream so that `gpg -d` reads it, for every passphrase and public key given.
 * @throws BackupError `invalid-argument` when no recipient is given or a key cannot be used.
 */
export function encryptStream(
  _source: AsyncIterable<Uint8Array>,
  _options: EncryptOptions,
): AsyncIterable<Uint8Array> {
  throw new BackupError("internal", "not written yet");
}

/**
 * Decrypts what {@link encryptStream} or gpg made. **Nothing that it gives counts before the iteration has ended normally**:
 * the integrity code is at the end.
 * @throws BackupError `wrong-password` when no passphrase or key fits; `data-corrupt` when it is damaged or cut short, at the latest
 *   before the iteration ends.
 */
export function decryptStream(
  _source: AsyncIterable<Uint8Array>,
  _options: DecryptOptions,
): AsyncIterable<Uint8Array> {
  throw new BackupError("internal", "not written yet");
}

/** Whether bytes begin an OpenPGP message, binary or armored; wants the first 32 bytes. */
export function isOpenPgp(_head: Uint8Array): boolean {
  throw new BackupError("internal", "not written yet");
}
