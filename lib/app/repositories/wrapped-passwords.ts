import { decryptWithKms, encryptWithKms, type KmsOptions } from "../../aws/index.ts";
import {
  BackupError,
  isBackupError,
  quote,
  SECOND_MS,
  Secret,
  toBackupError,
} from "../../base/index.ts";
import { repositoryPrefix } from "../../catalog/index.ts";
import type { Id } from "../../repository/index.ts";
import type { S3StorageSettings, StorageSettings } from "../../settings/index.ts";
import { resolvePreset } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenStorage } from "../storages.ts";
import {
  encryptionContext,
  readWrappedPasswords,
  type StoredWrappedPassword,
  saveWrappedPassword,
  type WrappedPassword,
  type WrappedPasswords,
} from "./wrapped-password-file.ts";

/** A network without a way to KMS must not keep a person waiting who could type the password. */
const TIMEOUTS = { connectTimeoutMs: 5 * SECOND_MS, idleTimeoutMs: 15 * SECOND_MS };
const ATTEMPTS = 2;

/** A password as KMS encrypted it, and gave it back unchanged. */
export type ProvenWrap = Pick<WrappedPassword, "keyArn" | "encryptionContext" | "ciphertext">;

/**
 * The key that wraps the passwords of a storage by itself: its own, when AWS is the service. Another service's key is one of its own
 * KMS, which encrypts objects only.
 */
export function wrappingKey(settings: StorageSettings): string | undefined {
  return settings.type === "s3" && isAws(settings) ? settings.kmsKey : undefined;
}

/**
 * Encrypts a password for one instance, and proves that it can be decrypted. Nothing is stored.
 * @throws BackupError `limit-exceeded` above 4 KiB, `data-corrupt` when something else came back; what KMS refuses
 */
export async function proveWrap(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  wrap: { readonly password: Secret; readonly keyId: string },
): Promise<ProvenWrap> {
  const { password, keyId } = wrap;
  const context = encryptionContext(instance);
  const plaintext = Buffer.from(password.reveal(), "utf8");
  const { ciphertext, keyArn } = await repeated(app, () =>
    encryptWithKms(keyId, plaintext, { ...kmsOptions(app, place.settings, keyId), context }),
  );
  const proven: ProvenWrap = { keyArn, encryptionContext: context, ciphertext };
  const back = await decrypt(app, place, { instance, wrapped: proven, keyId: keyArn });
  if (back.reveal() === password.reveal()) return proven;
  throw new BackupError("data-corrupt", `KMS key ${quote(keyId)} gave back another password`);
}

/** Stores what {@link proveWrap} gave beside the repository. @param passwordId - The key file that the password opens. */
export async function storeWrap(
  app: AppContext,
  { storage }: OpenStorage,
  instance: string,
  wrap: ProvenWrap & { readonly passwordId: Id },
): Promise<StoredWrappedPassword> {
  const createdAt = app.clock.now().toISOString();
  return await saveWrappedPassword(
    storage,
    instance,
    { ...wrap, createdAt },
    { signal: app.signal },
  );
}

/** The wrapped passwords of an instance, told apart by whether the repository still has the key file that they open. */
export interface SortedWraps extends Pick<WrappedPasswords, "problems"> {
  /** Newest first. */
  readonly live: readonly StoredWrappedPassword[];
  readonly stale: readonly StoredWrappedPassword[];
}

/** Looks at the storage only; KMS is not asked. */
export async function findWraps(
  app: AppContext,
  { storage }: OpenStorage,
  instance: string,
): Promise<SortedWraps> {
  const options = { signal: app.signal };
  const { wrapped, problems } = await readWrappedPasswords(storage, instance, options);
  const live: StoredWrappedPassword[] = [];
  const stale: StoredWrappedPassword[] = [];
  for (const each of wrapped) {
    const keyFile = `${repositoryPrefix(instance)}keys/${each.passwordId}`;
    const isThere = (await storage.find(keyFile, options)) !== undefined;
    (isThere ? live : stale).push(each);
  }
  return { live, stale, problems };
}

/** What became of the attempt to get a wrapped password. Neither: there is none. */
export interface UnwrappedPassword {
  readonly password?: Secret | undefined;
  /** Why there is none, with what to do. */
  readonly problem?: BackupError | undefined;
}

/**
 * Has KMS decrypt the newest wrapped password that the repository has a key file for. A failure is a result: there may be other ways to
 * open the repository.
 * @throws BackupError `cancelled`
 */
export async function unwrapPassword(
  app: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<UnwrappedPassword> {
  let problem: BackupError | undefined;
  try {
    const { live, stale, problems } = await findWraps(app, place, instance);
    [problem] = problems;
    const [newest] = stale;
    if (live.length === 0 && newest !== undefined) return { problem: isStale(newest) };
    for (const wrapped of live) {
      const keyId = wrappingKey(place.settings) ?? wrapped.keyArn;
      try {
        return { password: await decrypt(app, place, { instance, wrapped, keyId }) };
      } catch (error) {
        if (isBackupError(error, "cancelled")) throw error;
        problem ??= explain(toBackupError(error), wrapped, instance);
      }
    }
  } catch (error) {
    if (isBackupError(error, "cancelled")) throw error;
    problem ??= toBackupError(error);
  }
  return { problem };
}

/** The problem of a wrapped password that was decrypted, and opens nothing. */
export function opensNothing({ location }: { readonly location: string }): BackupError {
  const message = `the password that KMS wraps for ${location} does not open the repository`;
  return new BackupError("wrong-password", message, {
    hint: "wrap the one that does, on a machine that has it: clawback repository password wrap",
  });
}

function isStale({ createdAt, keyArn }: WrappedPassword): BackupError {
  const day = createdAt.slice(0, 10);
  return new BackupError(
    "wrong-password",
    `the password that KMS key ${keyArn} has wrapped since ${day} no longer opens the repository: it was changed or removed`,
    { hint: "wrap the present one, on a machine that has it: clawback repository password wrap" },
  );
}

/** KMS says the same of another context, of another key, and of damage. */
function explain(error: BackupError, wrapped: WrappedPassword, instance: string): BackupError {
  const { details } = error;
  const owner = wrapped.encryptionContext["clawback:instance"];
  if (owner !== undefined && owner !== instance) {
    return new BackupError(
      "data-corrupt",
      `the wrapped password was made for instance ${quote(owner)}, and KMS decrypts it for no other: this is ${quote(instance)}`,
      { details, hint: "name the instance whose repository this is with --instance", cause: error },
    );
  }
  if (details.serviceCode !== "IncorrectKeyException") return error;
  return new BackupError(error.code, `${error.message}; ${wrapped.keyArn} did`, {
    details,
    hint: "give the storage that key (kmsKey in settings.json), or wrap the password anew with the other: clawback repository password wrap",
    cause: error,
  });
}

interface Decryption {
  readonly instance: string;
  readonly wrapped: ProvenWrap;
  /** The key that is trusted: one that somebody else put beside a repository of his own decrypts nothing. */
  readonly keyId: string;
}

async function decrypt(
  app: AppContext,
  { settings }: OpenStorage,
  { instance, wrapped, keyId }: Decryption,
): Promise<Secret> {
  // Never the file's own: a password copied from another instance's folder must not open this one's.
  const context = encryptionContext(instance);
  const plaintext = await repeated(app, () =>
    decryptWithKms(keyId, wrapped.ciphertext, { ...kmsOptions(app, settings, keyId), context }),
  );
  return new Secret(Buffer.from(plaintext).toString("utf8"));
}

async function repeated<T>({ clock, signal }: AppContext, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS || !toBackupError(error).isRetryable) throw error;
      await clock.sleep(SECOND_MS, signal);
    }
  }
}

/** The storage's own credentials where they are AWS's, else what AWS's default chain finds. */
function kmsOptions(
  { clock, signal }: AppContext,
  settings: StorageSettings,
  keyId: string,
): KmsOptions {
  const region = /^arn:[\w-]+:kms:([\w-]+):/.exec(keyId)?.[1];
  const options = { region, clock, signal, ...TIMEOUTS };
  if (settings.type === "directory") return options;
  const { kmsEndpoint: endpoint, profile, accessKeyId, secretAccessKey } = settings;
  if (!isAws(settings) && endpoint === undefined) return options;
  const keys = { profile, accessKeyId, secretAccessKey };
  return { ...options, region: region ?? settings.region, endpoint, ...keys };
}

function isAws(settings: S3StorageSettings): boolean {
  return resolvePreset(settings).id === "aws";
}
