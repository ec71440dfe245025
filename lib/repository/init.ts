import { BackupError, isBackupError, systemClock } from "../base/index.ts";
import {
  createConfig,
  decodeConfig,
  hasConfig,
  loadConfig,
  repositoryExists,
  saveConfig,
} from "./config.ts";
import { createSealer, generateMasterKey } from "./crypto/index.ts";
import { addKey, type OpenedKey, openKey } from "./key/index.ts";
import { composeRepository, type Repository, type RepositoryOptions } from "./repository.ts";
import { deleteFile, listFiles } from "./stored-file/index.ts";
import type { FileKind } from "./types.ts";

export interface InitRepositoryOptions extends RepositoryOptions {
  /**
   * That of another repository, so that files are cut at the same places and blobs can be copied from it.
   * @default a random one
   */
  readonly chunkerPolynomial?: bigint | undefined;
}

/** Files that an init never writes: where there are some, there was a repository. */
const GROWN: readonly FileKind[] = ["snapshot", "index", "pack"];

/**
 * Creates a repository of version 2 and opens it. The key file is written first and the config last: without a config there is no
 * repository, and an init that was interrupted between is finished by the next one with the same password.
 * @throws BackupError `repository-exists`, also when another client was faster; `data-missing` where a repository has lost its config;
 *   `invalid-argument` for an empty password; what the storage throws
 */
export async function initRepository(options: InitRepositoryOptions): Promise<Repository> {
  const { storage, signal } = options;
  if (await hasConfig(storage, { signal })) throw repositoryExists(storage);
  await assertNothingGrown(options);
  const left = await openLeftKey(options);
  const key = left ?? (await createKey(options));
  const config = createConfig(options.chunkerPolynomial);
  try {
    await saveConfig(storage, config, createSealer(key.masterKey), { signal });
  } catch (error) {
    if (left === undefined && isBackupError(error, "repository-exists")) {
      await removeUnused(options, key);
    }
    throw error;
  }
  return composeRepository(options, key, config);
}

async function assertNothingGrown({ storage, signal }: InitRepositoryOptions): Promise<void> {
  for (const kind of GROWN) {
    for await (const { id } of listFiles(storage, kind, { signal })) {
      throw new BackupError(
        "data-missing",
        `repository in ${storage.location} has lost its config: there is ${kind} ${id.slice(0, 8)}`,
        {
          hint: "restore the object config from another copy; a new one could not read what is there",
        },
      );
    }
  }
}

/** Removes our key from the faster client's repository, unless that client found it, took it for one that was left, and uses it. */
async function removeUnused(options: InitRepositoryOptions, key: OpenedKey): Promise<void> {
  const sealed = await loadConfig(options.storage);
  try {
    decodeConfig(sealed, createSealer(key.masterKey));
  } catch {
    await deleteFile(options.storage, "key", key.id);
  }
}

/** Opens the key that an interrupted init left. */
async function openLeftKey(options: InitRepositoryOptions): Promise<OpenedKey | undefined> {
  const { storage, password, signal } = options;
  try {
    return await openKey(storage, password, { signal });
  } catch (error) {
    if (isBackupError(error, "data-missing")) return undefined;
    throw isBackupError(error, "wrong-password") ? isForeignKey(error) : error;
  }
}

function isForeignKey(cause: unknown): BackupError {
  return new BackupError(
    "wrong-password",
    "an init that was interrupted left a key, which this password does not open",
    { hint: "use the password of that init, or remove the objects below keys/", cause },
  );
}

async function createKey(options: InitRepositoryOptions): Promise<OpenedKey> {
  const { storage, password, holder, cost, signal, clock = systemClock } = options;
  const { username, hostname } = holder;
  const masterKey = generateMasterKey();
  const id = await addKey(storage, masterKey, password, {
    username,
    hostname,
    clock,
    cost,
    signal,
  });
  return { id, masterKey };
}
