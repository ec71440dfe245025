import { BackupError, isBackupError, type Secret, toBackupError } from "../../base/index.ts";
import { wrappedPasswordPrefix } from "../../catalog/index.ts";
import type { Id } from "../../repository/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenStorage } from "../storages.ts";
import { loadKeptPassword } from "./kept-passwords.ts";
import { findConfig, openWithPassword } from "./open-with-password.ts";
import { repositoryStorage } from "./repository-cache.ts";
import type { RepositoryChoice } from "./repository-care.ts";
import type { StoredWrappedPassword } from "./wrapped-password-file.ts";
import { findWraps, proveWrap, storeWrap, wrappingKey } from "./wrapped-passwords.ts";

export interface WrapReport {
  readonly storage: string;
  readonly instance: string;
  readonly keyArn: string;
  readonly passwordId: Id;
  /** False when this password was wrapped by this key already; then nothing was written. */
  readonly created: boolean;
}

export interface WrapOptions extends RepositoryChoice {
  /** Id, ARN or alias. @default the storage's key, where that is one of AWS */
  readonly kmsKey?: string | undefined;
}

/**
 * Has KMS encrypt the password that opens the repository, and puts it beside the repository once KMS has given it back: whoever may
 * decrypt with that key opens the repository without typing.
 * @throws BackupError `invalid-argument` without a key; what opening throws; what KMS refuses
 */
export async function wrapRepositoryPassword(
  app: AppContext,
  options: WrapOptions,
): Promise<WrapReport> {
  const place = await app.storages.open(options.storage);
  const instance = options.instance ?? app.settings.instance;
  const keyId = options.kmsKey ?? wrappingKey(place.settings);
  if (keyId === undefined) {
    throw new BackupError("invalid-argument", `storage ${place.id} has no KMS key of AWS`, {
      hint: "name one with --kms-key",
    });
  }
  await findConfig(app, repositoryStorage(place, instance));
  const { repository, password } = await openWithPassword(app, place, instance, { mayAsk: true });
  const passwordId = repository.keys.currentId;
  const proven = await proveWrap(app, place, instance, { password, keyId });
  const { keyArn } = proven;
  const { live } = await findWraps(app, place, instance);
  const isSame = (wrap: StoredWrappedPassword): boolean =>
    wrap.passwordId === passwordId && wrap.keyArn === keyArn;
  const created = !live.some(isSame);
  if (created) await storeWrap(app, place, instance, { ...proven, passwordId });
  return { storage: place.id, instance, keyArn, passwordId, created };
}

export interface UnwrapReport {
  /** The objects that were removed. */
  readonly removed: readonly string[];
  /** Whether the home's secrets are now the only place that is known to hold the password. */
  readonly isOnlyHere: boolean;
}

/**
 * Removes the wrapped passwords of an instance. Where the storage keeps versions they can be brought back: to lock somebody out, the
 * password is changed.
 * @throws BackupError `storage-access-denied` where the credentials cannot delete
 */
export async function unwrapRepositoryPassword(
  app: AppContext,
  choice: RepositoryChoice,
): Promise<UnwrapReport> {
  const place = await app.storages.open(choice.storage);
  const instance = choice.instance ?? app.settings.instance;
  const { signal } = app;
  const removed: string[] = [];
  for await (const { key } of place.storage.list(wrappedPasswordPrefix(instance), { signal })) {
    await place.storage.delete(key, { signal });
    removed.push(key);
  }
  return { removed, isOnlyHere: loadKeptPassword(app, place.id, instance) !== undefined };
}

/**
 * Wraps the password of a repository that was just created, where the storage has a key for it. The repository is there already, and a
 * snapshot must not fail for want of this: what goes wrong is told.
 * @returns the key that wraps it, undefined when it is not wrapped
 */
export async function wrapNewPassword(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  wrap: { readonly password: Secret; readonly passwordId: Id },
): Promise<string | undefined> {
  const keyId = wrappingKey(place.settings);
  if (keyId === undefined) return undefined;
  try {
    const proven = await proveWrap(app, place, instance, { password: wrap.password, keyId });
    await storeWrap(app, place, instance, { ...proven, passwordId: wrap.passwordId });
    return proven.keyArn;
  } catch (error) {
    if (isBackupError(error, "cancelled")) throw error;
    const again = `clawback repository password wrap --storage ${place.id}`;
    tell(
      app,
      `the password of the new repository is not wrapped: ${describe(error)}; then: ${again}`,
    );
    return undefined;
  }
}

/** The wrap of a password that is about to take the place of another. */
export interface PreparedWrap {
  store(passwordId: Id): Promise<void>;
}

/**
 * Prepares the wrap of a new password where the old one is wrapped, before the old one is gone.
 * @throws BackupError what KMS refuses; nothing has changed then
 */
export async function rewrap(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  change: { readonly newPassword: Secret; readonly oldId: Id },
): Promise<PreparedWrap | undefined> {
  const { live } = await findWraps(app, place, instance);
  const current = live.find((wrap) => wrap.passwordId === change.oldId);
  if (current === undefined) return undefined;
  const keyId = wrappingKey(place.settings) ?? current.keyArn;
  const proven = await proveWrap(app, place, instance, { password: change.newPassword, keyId });
  return {
    async store(passwordId) {
      try {
        await storeWrap(app, place, instance, { ...proven, passwordId });
      } catch (error) {
        const again = `clawback repository password wrap --storage ${place.id}`;
        tell(
          app,
          `the password is changed, but not wrapped anew: ${describe(error)}; then: ${again}`,
        );
      }
    },
  };
}

function describe(error: unknown): string {
  const { message, hint } = toBackupError(error);
  return hint === undefined ? message : `${message}; ${hint}`;
}

function tell({ onProgress }: AppContext, text: string): void {
  onProgress?.({ type: "message", level: "warning", text });
}
