import { BackupError, isBackupError, type Secret } from "../../base/index.ts";
import { isProcessRunning, ownProcess } from "../../filesystem/index.ts";
import { openRepository, type Repository, type RepositoryOptions } from "../../repository/index.ts";
import type { ObjectInfo, ObjectStorage } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenStorage } from "../storages.ts";
import { loadKeptPassword } from "./kept-passwords.ts";
import { repositoryStorage } from "./repository-cache.ts";
import { opensNothing, unwrapPassword } from "./wrapped-passwords.ts";

const PASSWORD_HINT =
  "set CLAWBACK_PASSWORD, CLAWBACK_PASSWORD_FILE or CLAWBACK_PASSWORD_COMMAND, or use --password-file";

/** A repository with the password that opened it. */
export interface OpenedWithPassword {
  readonly repository: Repository;
  readonly password: Secret;
}

/**
 * Opens a repository that is there with the first password that does: one that is given for this repository, the configured one, the one that the home keeps, the one that
 * KMS has wrapped beside the repository; where there was none of the first two, a person is asked.
 *
 * KMS is asked only where the passwords at hand do not open it, so its failure never stands in the way of one that does; it is told.
 * @throws BackupError `wrong-password`; what `openRepository` throws
 */
export async function openWithPassword(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  options: { readonly mayAsk: boolean; readonly password?: Secret | undefined },
): Promise<OpenedWithPassword> {
  const storage = repositoryStorage(place, instance);
  const attempts = createAttempts(app, storage);
  const atHand = passwordsAtHand(app, place, instance);
  const known = options.password === undefined ? atHand : [options.password, ...atHand];
  for (const password of known) {
    const opened = await attempts.open(password);
    if (opened !== undefined) return opened;
  }
  const { password, problem: refused } = await unwrapPassword(app, place, instance);
  const opened = password === undefined ? undefined : await attempts.open(password);
  if (opened !== undefined) return opened;
  const problem = password === undefined ? refused : opensNothing(storage);
  const isNone = known.length === 0;
  if (isNone && options.mayAsk && app.askPassword !== undefined) {
    warn(app, problem);
    const typed = await app.askPassword(
      `Password of the repository of ${instance} in storage ${place.id}:`,
    );
    const openedByHand = await attempts.open(typed);
    if (openedByHand !== undefined) return openedByHand;
  } else if (isNone) throw noPassword(storage, problem);
  else warn(app, problem);
  throw attempts.failure ?? noPassword(storage, problem);
}

/** @throws BackupError `repository-not-found` */
export async function findConfig(
  { signal }: AppContext,
  storage: ObjectStorage,
): Promise<ObjectInfo> {
  const found = await storage.find("config", { signal });
  if (found !== undefined) return found;
  const { location } = storage;
  throw new BackupError("repository-not-found", `no repository in ${location}: it has no config`, {
    details: { location },
    hint: "make the first snapshot with: clawback snapshot",
  });
}

/** How this process opens and creates repositories. */
export function repositoryOptions(
  app: AppContext,
  storage: ObjectStorage,
  password: Secret,
): RepositoryOptions {
  const holder = { ...ownProcess(), isProcessRunning };
  return { storage, password, holder, clock: app.clock, signal: app.signal };
}

interface Attempts {
  /** Why the first one failed. */
  readonly failure: BackupError | undefined;
  /** @returns undefined when it is not a password of this repository */
  open(password: Secret): Promise<OpenedWithPassword | undefined>;
}

function createAttempts(app: AppContext, storage: ObjectStorage): Attempts {
  let failure: BackupError | undefined;
  return {
    get failure() {
      return failure;
    },
    async open(password) {
      try {
        const repository = await openRepository(repositoryOptions(app, storage, password));
        return { repository, password };
      } catch (error) {
        if (!isBackupError(error, "wrong-password")) throw error;
        failure ??= error;
        return undefined;
      }
    },
  };
}

function passwordsAtHand(app: AppContext, place: OpenStorage, instance: string): Secret[] {
  const { password } = app.settings;
  const kept = loadKeptPassword(app, place.id, instance);
  const isOther = kept !== undefined && kept.reveal() !== password?.reveal();
  return [...(password === undefined ? [] : [password]), ...(isOther ? [kept] : [])];
}

function warn({ onProgress }: AppContext, problem: BackupError | undefined): void {
  if (problem === undefined) return;
  const { message, hint } = problem;
  const text = hint === undefined ? message : `${message}; ${hint}`;
  onProgress?.({ type: "message", level: "warning", text });
}

function noPassword({ location }: ObjectStorage, problem: BackupError | undefined): BackupError {
  const message = `the repository in ${location} is encrypted, and no password was given`;
  if (problem === undefined) {
    return new BackupError("wrong-password", message, { hint: PASSWORD_HINT });
  }
  const { hint = PASSWORD_HINT, details, code } = problem;
  return new BackupError("wrong-password", `${message}; ${problem.message}`, {
    details: { ...details, wrappedPassword: code },
    hint: `${hint}; or give the password: ${PASSWORD_HINT}`,
    cause: problem,
  });
}
