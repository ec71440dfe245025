import type { Key, PrivateKey } from "openpgp";
import { BackupError, type Secret } from "../../base/index.ts";

/**
 * Reads public keys, armored or binary, one or more in each.
 * @throws BackupError `invalid-argument` for one that cannot be read or cannot encrypt.
 */
export async function readPublicKeys(keys: readonly Uint8Array[]): Promise<Key[]> {
  const { readKeys } = await import("openpgp");
  const read: Key[] = [];
  for (const bytes of keys) {
    const armoredKeys = armorOf(bytes);
    const reading =
      armoredKeys === undefined ? readKeys({ binaryKeys: bytes }) : readKeys({ armoredKeys });
    const found = await reading.catch((cause: unknown) => {
      throw unusable("public key", "cannot be read", cause);
    });
    for (const key of found) {
      await key.getEncryptionKey().catch((cause: unknown) => {
        throw unusable(`public key ${key.getKeyID().toHex()}`, "cannot encrypt", cause);
      });
      read.push(key.isPrivate() ? key.toPublic() : key);
    }
  }
  return read;
}

export interface PublicKeyFacts {
  /** Upper-case hex digits. */
  readonly fingerprint: string;
  readonly users: readonly string[];
}

/**
 * Says whose public keys these are.
 * @throws BackupError `invalid-argument` for one that cannot be read or cannot encrypt.
 */
export async function describePublicKeys(bytes: Uint8Array): Promise<PublicKeyFacts[]> {
  const keys = await readPublicKeys([bytes]);
  return keys.map((key) => ({
    fingerprint: key.getFingerprint().toUpperCase(),
    users: key.getUserIDs(),
  }));
}

/**
 * Reads private keys, unlocking those that are locked by whichever passphrase fits.
 * @throws BackupError `invalid-argument` for one that cannot be read; `wrong-password` for one that stays locked.
 */
export async function readPrivateKeys(
  keys: readonly Uint8Array[],
  passphrases: readonly Secret[],
): Promise<PrivateKey[]> {
  const { readPrivateKeys: readKeys } = await import("openpgp");
  const read: PrivateKey[] = [];
  for (const bytes of keys) {
    const armoredKeys = armorOf(bytes);
    const reading =
      armoredKeys === undefined ? readKeys({ binaryKeys: bytes }) : readKeys({ armoredKeys });
    const found = await reading.catch((cause: unknown) => {
      throw unusable("private key", "cannot be read", cause);
    });
    for (const key of found) read.push(await unlock(key, passphrases));
  }
  return read;
}

async function unlock(key: PrivateKey, passphrases: readonly Secret[]): Promise<PrivateKey> {
  if (key.isDecrypted()) return key;
  const { decryptKey } = await import("openpgp");
  for (const passphrase of passphrases) {
    const unlocked = await decryptKey({ privateKey: key, passphrase: passphrase.reveal() }).catch(
      () => undefined,
    );
    if (unlocked !== undefined) return unlocked;
  }
  throw new BackupError(
    "wrong-password",
    `private key ${key.getKeyID().toHex()}: no passphrase given unlocks it`,
  );
}

function armorOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  return text.includes("-----BEGIN PGP") ? text : undefined;
}

function unusable(subject: string, what: string, cause: unknown): BackupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError("invalid-argument", `${subject}: ${what}: ${reason}`, { cause });
}
