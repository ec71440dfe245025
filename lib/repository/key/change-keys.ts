import { BackupError, type Clock, type Secret } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import { deleteFile, saveRawFile, shortId } from "../stored-file/index.ts";
import type { Id, MasterKey } from "../types.ts";
import { calibrateScrypt } from "./calibrate.ts";
import { decodeKeyFile, encodeKeyFile } from "./key-file.ts";
import type { OpenedKey } from "./open-key.ts";
import type { ScryptCost } from "./scrypt-cost.ts";
import { listKeys, loadKeyFile } from "./stored-keys.ts";
import { unwrapMasterKey, wrapMasterKey } from "./wrap.ts";

export interface NewKeyOptions extends CallOptions {
  /** Recorded in the key file, readable without a password. @default "" */
  readonly username?: string | undefined;
  readonly hostname?: string | undefined;
  readonly clock: Clock;
  /** @default measured, so that opening takes half a second on this machine */
  readonly cost?: ScryptCost | undefined;
}

export interface RemoveKeyOptions extends CallOptions {
  /** The key this repository was opened with. */
  readonly currentId: Id;
  /** Removes that one too, as long as another remains. @default false */
  readonly evenCurrent?: boolean | undefined;
}

/**
 * Stores a new key file, with which `password` opens the repository too. It is read back and opened before it is stored.
 * @returns its id
 * @throws BackupError `invalid-argument` for an empty password; what the storage throws
 */
export async function addKey(
  storage: ObjectStorage,
  masterKey: MasterKey,
  password: Secret,
  options: NewKeyOptions,
): Promise<Id> {
  if (password.reveal() === "") {
    throw new BackupError("invalid-argument", "password is empty");
  }
  const { username = "", hostname = "", clock, cost = calibrateScrypt(clock) } = options;
  const wrapped = await wrapMasterKey(masterKey, password, cost);
  const created = clock.now().toISOString();
  const bytes = encodeKeyFile({ created, username, hostname, ...wrapped });
  assertSameKey(await unwrapMasterKey(decodeKeyFile(bytes), password), masterKey);
  return await saveRawFile(storage, "key", bytes, options);
}

/**
 * Removes a key file: its password opens the repository no more. Whoever has used it may still know the master key.
 *
 * Two removals at once could remove the last two keys: take an exclusive lock first.
 * @throws BackupError `policy-refused` for the last usable key and, unless `evenCurrent`, for the one in use
 */
export async function removeKey(
  storage: ObjectStorage,
  id: Id,
  options: RemoveKeyOptions,
): Promise<void> {
  if (id === options.currentId && options.evenCurrent !== true) {
    throw new BackupError(
      "policy-refused",
      `key ${shortId(id)} is the one this repository was opened with`,
      { details: { id }, hint: "open the repository with another password to remove this one" },
    );
  }
  let others = 0;
  for await (const key of listKeys(storage, options)) {
    if (key.id !== id && key.problem === undefined) others += 1;
  }
  if (others === 0) {
    throw new BackupError(
      "policy-refused",
      `key ${shortId(id)} is the last one: without it nobody can read this repository`,
      { details: { id }, hint: "add another password first" },
    );
  }
  await deleteFile(storage, "key", id, options);
}

/**
 * Replaces the password in use: adds a key file for the new one, opens it from the storage, and only then removes the old one. Stopped
 * anywhere between, the old password, the new one, or both open the repository.
 * @returns the new key, which is the one in use from now on
 */
export async function changePassword(
  storage: ObjectStorage,
  current: OpenedKey,
  password: Secret,
  options: NewKeyOptions,
): Promise<OpenedKey> {
  const id = await addKey(storage, current.masterKey, password, options);
  const stored = await loadKeyFile(storage, id, options);
  assertSameKey(await unwrapMasterKey(stored, password), current.masterKey);
  await deleteFile(storage, "key", current.id, options);
  return { id, masterKey: current.masterKey };
}

function assertSameKey(found: MasterKey, expected: MasterKey): void {
  const isSame = (["encrypt", "macK", "macR"] as const).every((part) =>
    Buffer.from(found[part]).equals(expected[part]),
  );
  if (isSame) return;
  throw new BackupError("internal", "key file would not open as it was written", {
    hint: "try again, and test this machine's memory if it happens twice",
  });
}
