import { BackupError, type Clock, type Secret, systemClock } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { BlobLoader, BlobSaver, type BlobSaverOptions } from "./blob-store/index.ts";
import { decodeConfig, loadConfig } from "./config.ts";
import { createSealer } from "./crypto/index.ts";
import type { BlobIndex } from "./index-file/index.ts";
import {
  createRepositoryKeys,
  type OpenedKey,
  openKey,
  type RepositoryKeys,
  type ScryptCost,
} from "./key/index.ts";
import { loadIndex } from "./load-index.ts";
import {
  acquireLock,
  type LockHolder,
  type LockOptions,
  type RepositoryLock,
} from "./lock/index.ts";
import { createStoredFiles, type StoredFiles } from "./stored-file/index.ts";
import { decodeTree, type Tree } from "./tree/index.ts";
import type { Id, MasterKey, RepositoryConfig, Sealer } from "./types.ts";

/** What opening and creating a repository have in common. */
export interface RepositoryOptions extends CallOptions {
  /** Where it lies; its prefix is applied already, so that `config` is a key. Stays the caller's to close. */
  readonly storage: ObjectStorage;
  readonly password: Secret;
  /** This process, as lock and key files name it. */
  readonly holder: LockHolder;
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** Cost of new keys. Cheap ones are for tests: they make passwords easy to guess. @default measured, half a second */
  readonly cost?: ScryptCost | undefined;
}

export interface OpenRepositoryOptions extends RepositoryOptions {
  /** The key to try first: its id or the beginning of it. */
  readonly keyHint?: string | undefined;
}

/** How blobs are saved; the rest is the repository's. */
export interface SavingOptions extends Pick<BlobSaverOptions, "packBytes" | "uploads" | "signal"> {
  /** Much data is packed in a thread of its own. @default false */
  readonly inThread?: boolean | undefined;
}

/** An open repository: its parts, ready to be used. It holds nothing that must be closed; locks do. */
export interface Repository {
  readonly storage: ObjectStorage;
  readonly clock: Clock;
  readonly config: RepositoryConfig;
  /** For workers, which make sealers of their own. A secret. */
  readonly masterKey: MasterKey;
  readonly sealer: Sealer;
  readonly storedFiles: StoredFiles;
  readonly keys: RepositoryKeys;
  /**
   * Takes a lock, which is shared unless `exclusive`; whoever writes holds one. A dead one in the way is removed.
   * @throws BackupError `repository-locked`
   */
  lock(options?: LockOptions): Promise<RepositoryLock>;
  /**
   * Loads what the index files say, as of now.
   * @throws BackupError `data-corrupt`, `data-missing`, `limit-exceeded`; what the storage throws
   */
  loadIndex(options?: CallOptions): Promise<BlobIndex>;
  /** Reads blobs that the index knows. */
  createLoader(index: BlobIndex): BlobLoader;
  /**
   * Saves blobs that the index does not know, and tells it of them. Whoever saves holds a lock, and disposes of the saver.
   * @throws BackupError `not-supported` for a repository of version 1, which knows no compressed blobs
   */
  createSaver(index: BlobIndex, options?: SavingOptions): BlobSaver;
  /** The same repository through another way to the same objects, such as a cache. */
  withStorage(storage: ObjectStorage): Repository;
  /** @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded`; what the storage throws */
  loadTree(loader: BlobLoader, id: Id, options?: CallOptions): Promise<Tree>;
}

/**
 * Opens a repository of version 1 or 2, made by restic, rustic or {@link initRepository}. It takes about half a second, because a
 * password must be expensive to guess. Nothing is written.
 * @throws BackupError `repository-not-found`, `wrong-password`, `version-too-new`, `unsupported-format`, `data-corrupt`,
 *   `data-missing`; what the storage throws
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { storage, password, keyHint, signal } = options;
  const sealed = await loadConfig(storage, { signal });
  const readConfig = ({ masterKey }: Pick<OpenedKey, "masterKey">): RepositoryConfig =>
    decodeConfig(sealed, createSealer(masterKey));
  const key = await openKey(storage, password, {
    hint: keyHint,
    signal,
    assertFits: (masterKey) => void readConfig({ masterKey }),
  });
  return composeRepository(options, key, readConfig(key));
}

/** Puts the parts of a repository together. */
export function composeRepository(
  options: RepositoryOptions,
  key: OpenedKey,
  config: RepositoryConfig,
): Repository {
  const { storage, holder, cost, clock = systemClock } = options;
  const { masterKey } = key;
  const sealer = createSealer(masterKey);
  const storedFiles = createStoredFiles({ storage, sealer, version: config.version });
  return {
    storage,
    clock,
    config,
    masterKey,
    sealer,
    storedFiles,
    keys: createRepositoryKeys({ storage, current: key, clock, holder, cost }),
    lock: (lockOptions) => acquireLock({ storedFiles, holder, clock }, lockOptions),
    loadIndex: (call) => loadIndex(storedFiles, call),
    createLoader: (index) => new BlobLoader({ storage, sealer, index }),
    createSaver: (index, { inThread = false, ...saving } = {}) => {
      assertVersion2(config, storage);
      const saveIndex = (json: Uint8Array) => storedFiles.save("index", json);
      const threadKey = inThread ? masterKey : undefined;
      return new BlobSaver({ storage, sealer, index, saveIndex, clock, threadKey, ...saving });
    },
    withStorage: (other) => composeRepository({ ...options, storage: other }, key, config),
    loadTree: async (loader, id, call) =>
      decodeTree(await loader.load({ type: "tree", id }, call), id),
  };
}

/** Every blob is written through a saver, so here is where none of ours gets into a repository that cannot hold it. */
function assertVersion2({ version }: RepositoryConfig, { location }: ObjectStorage): void {
  if (version === 2) return;
  const message = `repository in ${location} has version 1, which can be read but not written`;
  throw new BackupError("not-supported", message, {
    hint: "upgrade it with: restic migrate upgrade_repo_v2",
  });
}
