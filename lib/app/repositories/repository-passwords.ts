import { BackupError, type Secret } from "../../base/index.ts";
import { type Id, type Repository, shortId } from "../../repository/index.ts";
import type { AppContext } from "../context.ts";
import { readSecretFile } from "../settings.ts";
import { keepPassword, loadKeptPassword } from "./kept-passwords.ts";
import { rewrap } from "./password-wrapping.ts";
import { openChosen, type RepositoryChoice, recordRemoved, waiting } from "./repository-care.ts";
import { findWraps } from "./wrapped-passwords.ts";

export interface RepositoryPassword {
  readonly id: Id;
  readonly createdAt: string;
  readonly username: string;
  readonly hostname: string;
  /** The one that this command opened the repository with. */
  readonly current: boolean;
  /** The KMS key under which it lies, encrypted, beside the repository. */
  readonly wrappedBy?: string | undefined;
  readonly problem?: string | undefined;
}

export interface NewPasswordOptions extends RepositoryChoice {
  /** The new password is its first line. @default a person is asked */
  readonly newPasswordFile?: string | undefined;
}

export async function listPasswords(
  app: AppContext,
  choice: RepositoryChoice = {},
): Promise<readonly RepositoryPassword[]> {
  const { keys } = await openChosen(app, choice);
  const place = await app.storages.open(choice.storage);
  const { live } = await findWraps(app, place, choice.instance ?? app.settings.instance);
  const passwords: RepositoryPassword[] = [];
  for await (const key of keys.list({ signal: app.signal })) {
    const { id, created, username, hostname, problem } = key;
    const current = id === keys.currentId;
    const wrap = live.find(({ passwordId }) => passwordId === id);
    const wrapped = wrap === undefined ? {} : { wrappedBy: wrap.keyArn };
    const why = problem === undefined ? {} : { problem: problem.message };
    passwords.push({ id, createdAt: created, username, hostname, current, ...wrapped, ...why });
  }
  return passwords;
}

/** Lets another password open the repository too. @returns its id */
export async function addPassword(app: AppContext, options: NewPasswordOptions): Promise<Id> {
  const repository = await openChosen(app, options);
  const password = await newPassword(app, options);
  await using lock = await repository.lock({ ...waiting(app), signal: app.signal });
  return await repository.keys.add(password, { signal: withSignal(app, lock) });
}

/** Takes a password out of use. @param start - The beginning of its id. */
export async function removePassword(
  app: AppContext,
  start: string,
  choice: RepositoryChoice,
): Promise<Id> {
  const repository = await openChosen(app, choice);
  await using lock = await repository.lock({
    ...waiting(app),
    exclusive: true,
    signal: app.signal,
  });
  const signal = withSignal(app, lock);
  const id = await findKey(repository, start, signal);
  await recordRemoved(app, choice, { keys: [id] });
  await repository.keys.remove(id, { signal });
  return id;
}

/**
 * Replaces the password that the repository was opened with; one that the home keeps is kept anew, one that KMS wraps is wrapped anew.
 * @returns its id
 */
export async function changePassword(app: AppContext, options: NewPasswordOptions): Promise<Id> {
  const repository = await openChosen(app, options);
  const password = await newPassword(app, options);
  const instance = options.instance ?? app.settings.instance;
  const place = await app.storages.open(options.storage);
  await using lock = await repository.lock({
    ...waiting(app),
    exclusive: true,
    signal: app.signal,
  });
  const kept = loadKeptPassword(app, place.id, instance);
  const oldId = repository.keys.currentId;
  const wrap = await rewrap(app, place, instance, { newPassword: password, oldId });
  await recordRemoved(app, options, { keys: [oldId] });
  const id = await repository.keys.changePassword(password, { signal: withSignal(app, lock) });
  if (kept !== undefined) await keepPassword(app, place.id, instance, password);
  await wrap?.store(id);
  return id;
}

async function findKey({ keys }: Repository, start: string, signal: AbortSignal): Promise<Id> {
  const found: Id[] = [];
  for await (const { id } of keys.list({ signal })) if (id.startsWith(start)) found.push(id);
  const [only] = found;
  if (only === undefined || start === "") {
    throw new BackupError("invalid-argument", `no password has an id that begins with ${start}`, {
      hint: "see: clawback repository password list",
    });
  }
  if (found.length === 1) return only;
  const ids = found.map((id) => shortId(id)).join(", ");
  throw new BackupError("ambiguous-id", `id ${start} fits ${found.length} passwords: ${ids}`);
}

async function newPassword(
  app: AppContext,
  { newPasswordFile }: NewPasswordOptions,
): Promise<Secret> {
  if (newPasswordFile !== undefined) return readSecretFile(newPasswordFile);
  if (app.askPassword === undefined) {
    const message = "a new password is needed, and there is no terminal to ask on";
    throw new BackupError("confirmation-required", message, { hint: "use --new-password-file" });
  }
  const password = await app.askPassword("New password of the repository:");
  const again = await app.askPassword("The same password again:");
  if (again.reveal() === password.reveal()) return password;
  throw new BackupError("invalid-argument", "the two passwords differ; nothing was changed");
}

function withSignal({ signal }: AppContext, lock: { readonly signal: AbortSignal }): AbortSignal {
  return signal === undefined ? lock.signal : AbortSignal.any([signal, lock.signal]);
}
