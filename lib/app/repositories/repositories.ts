import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isBackupError, SECOND_MS, Secret } from "../../base/index.ts";
import { ensureLayout } from "../../catalog/index.ts";
import { lockFile } from "../../filesystem/index.ts";
import {
  type CachedStorage,
  cachedRepository,
  initRepository,
  openRepository,
  RANDOM_PASSWORD_COST,
  type Repository,
} from "../../repository/index.ts";
import type { ObjectStorage } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import type { OpenStorage } from "../storages.ts";
import { keepPassword, loadKeptPassword } from "./kept-passwords.ts";
import { findConfig, openWithPassword, repositoryOptions } from "./open-with-password.ts";
import { wrapNewPassword } from "./password-wrapping.ts";
import { openRepositoryCache, repositoryStorage } from "./repository-cache.ts";

/** As hard to guess as the master key. */
const PASSWORD_BYTES = 24;
/** How long to wait for another command of this home that is just creating the repository. */
const CREATING_MS: number = 60 * SECOND_MS;

export interface OpenRepositoryOptions {
  /** A person may be asked for the password. @default true */
  readonly mayAsk?: boolean | undefined;
  /** Read everything from the storage itself, because it is to be proved what lies there. @default false */
  readonly withoutCache?: boolean | undefined;
  /** Tried before any other. */
  readonly password?: Secret | undefined;
}

export interface CreateRepositoryOptions extends Pick<OpenRepositoryOptions, "password"> {
  /** That of the repository which snapshots are copied from. @default a random one */
  readonly chunkerPolynomial?: bigint | undefined;
}

/** What a command has opened of repositories by storage and instance, so that each costs its half second, and its password is asked for, once. */
export interface OpenedRepositories {
  readonly caches: Map<string, Promise<CachedStorage | undefined>>;
  readonly repositories: Map<string, Promise<Repository>>;
}

/**
 * Opens the repository of an instance, as {@link openWithPassword} does.
 * @throws BackupError `repository-not-found`, `wrong-password`; what `openRepository` throws
 */
export async function openInstanceRepository(
  app: AppContext,
  place: OpenStorage,
  instance: string = app.settings.instance,
  options: OpenRepositoryOptions = {},
): Promise<Repository> {
  const config = await findConfig(app, repositoryStorage(place, instance));
  const { repositories } = app.opened;
  // One that was made anew meanwhile is another repository.
  const key = `${place.id}/${instance}/${config.etag}`;
  const opening = repositories.get(key) ?? openDirectly(app, place, instance, options);
  repositories.set(key, opening);
  try {
    const repository = await opening;
    return options.withoutCache ? repository : await throughCache(app, place, instance, repository);
  } catch (error) {
    repositories.delete(key);
    throw error;
  }
}

async function throughCache(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  repository: Repository,
): Promise<Repository> {
  const cache = await openRepositoryCache(app, place, instance);
  return cache === undefined ? repository : cachedRepository(repository, cache);
}

async function openDirectly(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  { mayAsk = true, password }: OpenRepositoryOptions,
): Promise<Repository> {
  return (await openWithPassword(app, place, instance, { mayAsk, password })).repository;
}

/**
 * Opens the repository of an instance, and creates it where there is none: with the configured password, else with a random one that
 * is kept in this home's secrets. Where the storage has a KMS key, that wraps it. What was done is said.
 * @throws BackupError `wrong-password`, `home-unusable`; what `openRepository` and `initRepository` throw
 */
export async function openOrCreateRepository(
  app: AppContext,
  place: OpenStorage,
  instance: string = app.settings.instance,
  options: CreateRepositoryOptions = {},
): Promise<Repository> {
  const { password } = options;
  try {
    return await openInstanceRepository(app, place, instance, { password });
  } catch (error) {
    if (!isBackupError(error, "repository-not-found")) throw error;
  }
  await using _creating = await lockCreation(app);
  try {
    // Another command may have been faster.
    return await openInstanceRepository(app, place, instance, { password });
  } catch (error) {
    if (!isBackupError(error, "repository-not-found")) throw error;
  }
  await ensureLayout(place.storage, { signal: app.signal });
  const created = await createRepository(app, place, instance, options);
  return await throughCache(app, place, instance, created);
}

async function createRepository(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  { password: given, chunkerPolynomial }: CreateRepositoryOptions,
): Promise<Repository> {
  const storage = repositoryStorage(place, instance);
  const configured = given ?? app.settings.password ?? loadKeptPassword(app, place.id, instance);
  const password = configured ?? new Secret(randomBytes(PASSWORD_BYTES).toString("base64url"));
  // Before the repository exists: one whose password nobody has could never be read.
  if (configured === undefined) await keepPassword(app, place.id, instance, password);
  const options = repositoryOptions(app, storage, password);
  const cost = configured === undefined ? RANDOM_PASSWORD_COST : undefined;
  await initRepository({ ...options, chunkerPolynomial, cost });
  // Opened again: passwords that are added through it cost what a person's must.
  const repository = await openRepository(options);
  const wrap = { password, passwordId: repository.keys.currentId };
  const keyArn = await wrapNewPassword(app, place, instance, wrap);
  announce(app, storage, { keyArn, isRandom: configured === undefined });
  return repository;
}

function announce(
  { onProgress }: AppContext,
  { location }: ObjectStorage,
  made: { readonly keyArn: string | undefined; readonly isRandom: boolean },
): void {
  const { keyArn, isRandom } = made;
  const tell = (level: "info" | "warning", text: string): void =>
    onProgress?.({ type: "message", level, text: `created a repository in ${location} ${text}` });
  if (keyArn !== undefined) {
    const password = isRandom ? "a random password" : "the password given";
    tell(
      "info",
      `with ${password}; KMS key ${keyArn} wraps it: who may decrypt with that key opens it without typing`,
    );
  } else if (isRandom) {
    tell(
      "warning",
      "with a random password, which only this home's secrets.json holds: without it no snapshot can be read, so have a KMS key wrap it (clawback repository password wrap --kms-key KEY), or give the repository one of your own as well and keep it safe (clawback repository password add)",
    );
  }
}

async function lockCreation(app: AppContext): Promise<AsyncDisposable> {
  const path = join(app.settings.home, "repository-creation.lock");
  const until = app.clock.monotonicMs() + CREATING_MS;
  for (;;) {
    try {
      return await usingHome(app.settings.home, () => lockFile(path, app.clock));
    } catch (error) {
      if (!isBackupError(error, "job-running") || app.clock.monotonicMs() > until) throw error;
      await app.clock.sleep(SECOND_MS / 4, app.signal);
    }
  }
}
