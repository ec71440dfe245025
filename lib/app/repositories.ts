import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { BackupError, isBackupError, SECOND_MS, Secret } from "../base/index.ts";
import { ensureLayout } from "../catalog/index.ts";
import { isProcessRunning, lockFile, ownProcess } from "../filesystem/index.ts";
import {
  type CachedStorage,
  cachedRepository,
  initRepository,
  openRepository,
  type Repository,
  type RepositoryOptions,
} from "../repository/index.ts";
import { openSecretStore, type SecretStore } from "../settings/index.ts";
import type { ObjectInfo, ObjectStorage } from "../storage/index.ts";
import type { AppContext } from "./context.ts";
import { usingHome } from "./home.ts";
import { openRepositoryCache, repositoryStorage } from "./repository-cache.ts";
import type { OpenStorage } from "./storages.ts";

const PASSWORD_HINT =
  "set CLAWBACK_PASSWORD, CLAWBACK_PASSWORD_FILE or CLAWBACK_PASSWORD_COMMAND, or use --password-file";
/** As hard to guess as the master key. */
const PASSWORD_BYTES = 24;
/** How long to wait for another command of this home that is just creating the repository. */
const CREATING_MS: number = 60 * SECOND_MS;

export interface OpenRepositoryOptions {
  /** A person may be asked for the password. @default true */
  readonly mayAsk?: boolean | undefined;
  /** Read everything from the storage itself, because it is to be proved what lies there. @default false */
  readonly withoutCache?: boolean | undefined;
}

/** What a command has opened of repositories by storage and instance, so that each costs its half second, and its password is asked for, once. */
export interface OpenedRepositories {
  readonly caches: Map<string, Promise<CachedStorage | undefined>>;
  readonly repositories: Map<string, Promise<Repository>>;
}

/**
 * Opens the repository of an instance. The configured password is tried first, then the one that the home keeps; where there is
 * neither, a person is asked.
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
  options: OpenRepositoryOptions,
): Promise<Repository> {
  const storage = repositoryStorage(place, instance);
  let failure: unknown;
  for await (const password of passwordsFor(app, place, instance, options)) {
    try {
      return await openRepository(repositoryOptions(app, storage, password));
    } catch (error) {
      if (!isBackupError(error, "wrong-password")) throw error;
      failure ??= error;
    }
  }
  throw failure ?? noPassword(storage);
}

/**
 * Opens the repository of an instance, and creates it where there is none: with the configured password, else with a random one that
 * is kept in this home's secrets, which is said as a warning.
 * @throws BackupError `wrong-password`, `home-unusable`; what `openRepository` and `initRepository` throw
 */
export async function openOrCreateRepository(
  app: AppContext,
  place: OpenStorage,
  instance: string = app.settings.instance,
): Promise<Repository> {
  try {
    return await openInstanceRepository(app, place, instance);
  } catch (error) {
    if (!isBackupError(error, "repository-not-found")) throw error;
  }
  await using _creating = await lockCreation(app);
  try {
    // Another command may have been faster.
    return await openInstanceRepository(app, place, instance);
  } catch (error) {
    if (!isBackupError(error, "repository-not-found")) throw error;
  }
  await ensureLayout(place.storage, { signal: app.signal });
  const created = await createRepository(app, place, instance);
  return await throughCache(app, place, instance, created);
}

/** Whether the only password of a repository is the one that this home made and keeps, so that its snapshots are lost with this machine. */
export async function isPasswordOnlyHere(
  app: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<boolean> {
  if (loadKeptPassword(app, place.id, instance) === undefined) return false;
  let keys = 0;
  const options = { signal: app.signal };
  for await (const _ of repositoryStorage(place, instance).list("keys/", options)) keys++;
  return keys === 1;
}

/** The password that this home keeps for a repository. */
export function loadKeptPassword(
  app: AppContext,
  storageId: string,
  instance: string,
): Secret | undefined {
  return secretsOf(app).loadSecret(passwordName(storageId, instance));
}

/** Keeps a repository's password in the home's secrets, in place of the one that is there. */
export async function keepPassword(
  app: AppContext,
  storageId: string,
  instance: string,
  password: Secret,
): Promise<void> {
  await usingHome(app.settings.home, () =>
    secretsOf(app).saveSecret(passwordName(storageId, instance), password),
  );
}

async function createRepository(
  app: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<Repository> {
  const storage = repositoryStorage(place, instance);
  const configured = app.settings.password ?? loadKeptPassword(app, place.id, instance);
  if (configured !== undefined)
    return await initRepository(repositoryOptions(app, storage, configured));
  const password = new Secret(randomBytes(PASSWORD_BYTES).toString("base64url"));
  // Before the repository exists: one whose password nobody has could never be read.
  await keepPassword(app, place.id, instance, password);
  const repository = await initRepository(repositoryOptions(app, storage, password));
  app.onProgress?.({
    type: "message",
    level: "warning",
    text: `created a repository in ${storage.location} with a random password, which only this home's secrets.json holds: without it no snapshot can be read, so give the repository a password of your own as well (clawback repository password add)`,
  });
  return repository;
}

async function findConfig({ signal }: AppContext, storage: ObjectStorage): Promise<ObjectInfo> {
  const found = await storage.find("config", { signal });
  if (found !== undefined) return found;
  const { location } = storage;
  throw new BackupError("repository-not-found", `no repository in ${location}: it has no config`, {
    details: { location },
    hint: "make the first snapshot with: clawback snapshot",
  });
}

async function* passwordsFor(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  { mayAsk = true }: OpenRepositoryOptions,
): AsyncGenerator<Secret> {
  const { password } = app.settings;
  const kept = loadKeptPassword(app, place.id, instance);
  if (password !== undefined) yield password;
  if (kept !== undefined && kept.reveal() !== password?.reveal()) yield kept;
  const isNone = password === undefined && kept === undefined;
  if (isNone && mayAsk && app.askPassword !== undefined) {
    yield await app.askPassword(
      `Password of the repository of ${instance} in storage ${place.id}:`,
    );
  }
}

function repositoryOptions(
  app: AppContext,
  storage: ObjectStorage,
  password: Secret,
): RepositoryOptions {
  const holder = { ...ownProcess(), isProcessRunning };
  return { storage, password, holder, clock: app.clock, signal: app.signal };
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

function noPassword({ location }: ObjectStorage): BackupError {
  const message = `the repository in ${location} is encrypted, and no password was given`;
  return new BackupError("wrong-password", message, { hint: PASSWORD_HINT });
}

/** The name under which a repository's password lies in the home's secrets. */
function passwordName(storageId: string, instance: string): string {
  return `repository.${storageId}.${instance}`;
}

function secretsOf({ settings }: AppContext): SecretStore {
  return openSecretStore({ home: settings.home, environment: settings.environment });
}
