import {
  BackupError,
  looksGenerated,
  quote,
  type Secret,
  Secret as SecretValue,
} from "../base/index.ts";
import { isSameOrInside, readTextIfExists } from "../filesystem/index.ts";
import {
  addStorage,
  createHome,
  expandHome,
  openSecretStore,
  removeStorage,
  type SettingsFile,
  type StorageEntry,
  type StorageSettings,
  saveSettings,
  setDefaultStorage,
  storageSecretName,
} from "../settings/index.ts";
import { resolvePreset, STORAGE_PRESETS } from "../storage/index.ts";
import type { AppContext } from "./context.ts";
import { makeStorageDirectory } from "./directories.ts";

const MAX_SECRET_BYTES = 64 * 1024;

export interface InitReport {
  readonly home: string;
  /** False when there was a home already; then nothing was changed. */
  readonly created: boolean;
  readonly instance: string;
  readonly storagePath: string;
  readonly notes: readonly string[];
}

/** Makes a home with a directory storage, asking nothing. */
export async function initHome(
  app: AppContext,
  options: { readonly instance?: string | undefined; readonly path?: string | undefined },
): Promise<InitReport> {
  const { hostName } = app.environment;
  const instance = options.instance ?? app.settings.instance;
  const storages: StorageEntry[] | undefined =
    options.path === undefined
      ? undefined
      : [{ id: "local", type: "directory", path: options.path }];
  const made = await createHome(app.settings.home, { instance, storages });
  const paths = made.settings.storages.flatMap((entry) =>
    entry.type === "directory" ? [expandHome(entry.path, app.settings.userHome)] : [],
  );
  for (const path of paths) {
    // Of an older home only what lies in itself: another directory may be a disk that is not mounted.
    if (made.created || isSameOrInside(path, made.home)) await makeStorageDirectory(path);
  }
  const isPoorName = made.created && options.instance === undefined && looksGenerated(hostName);
  return {
    home: made.home,
    created: made.created,
    instance: made.settings.instance,
    storagePath: paths[0] ?? "",
    notes: isPoorName
      ? [`the instance name ${instance} looks generated; choose one with clawback init --instance`]
      : [],
  };
}

/** What to ask for when a known service is configured. */
export interface StoragePresetFacts {
  readonly id: string;
  readonly name: string;
  readonly needsEndpoint: boolean;
  readonly needsRegion: boolean;
  readonly hasKms: boolean;
}

/** The S3 services that are known, in the order of the documentation. */
export function storagePresets(): StoragePresetFacts[] {
  return STORAGE_PRESETS.map(({ id, name, endpoint, region, sse }) => ({
    id,
    name,
    needsEndpoint: id !== "aws" && (endpoint === undefined || endpoint.includes("{account}")),
    needsRegion: id === "aws" || (region === undefined && endpoint?.includes("{region}") === true),
    hasKms: sse.includes("kms"),
  }));
}

export interface NewStorage {
  readonly id: string;
  readonly type: "s3" | "directory";
  readonly isDefault: boolean;
  readonly plaintext: boolean;
  readonly path?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  /** The fields of an S3 entry, undefined where not given. */
  readonly [field: string]: unknown;
}

export interface AddedStorage {
  readonly storage: StorageSettings;
  readonly isDefault: boolean;
}

/**
 * Adds a storage to the settings; its secret goes, encrypted, into the secret store. Makes the home when there is none, and the
 * directory of a directory storage.
 * @throws BackupError `invalid-argument`, `invalid-settings`, `home-unusable`, `storage-access-denied`
 */
export async function addStorageToSettings(
  app: AppContext,
  added: NewStorage,
): Promise<AddedStorage> {
  const { home } = app.settings;
  const entry = toEntry(added);
  // Before its secret is stored: the name may be another storage's.
  assertIsFree(app, added.id);
  if (entry.type === "directory") {
    await makeStorageDirectory(expandHome(entry.path, app.settings.userHome));
  }
  if (added.secretAccessKey !== undefined) {
    await secretStore(app).saveSecret(storageSecretName(added.id), added.secretAccessKey);
  }
  const file = await addEntry(app, home, entry, added.isDefault);
  return { storage: toSettings(entry), isDefault: file.defaultStorage === added.id };
}

function assertIsFree({ settings }: AppContext, id: string): void {
  if (settings.storages.every((storage) => storage.id !== id)) return;
  throw new BackupError("invalid-argument", `storage ${quote(id)} exists already`, {
    hint: "choose another id, or remove that one first (its backups stay)",
  });
}

function toSettings(entry: StorageEntry): StorageSettings {
  const plaintext = entry.plaintext ?? false;
  if (entry.type === "directory") return { ...entry, plaintext };
  const { bandwidth: _, ...rest } = entry;
  return { ...rest, plaintext, prefix: entry.prefix ?? "", sse: entry.sse ?? "none" };
}

async function addEntry(
  app: AppContext,
  home: string,
  entry: StorageEntry,
  isDefault: boolean,
): Promise<SettingsFile> {
  if (!app.settings.isConfigured) {
    const { instance } = app.settings;
    const { settings, created } = await createHome(home, { instance, storages: [entry] });
    if (created) return settings;
  }
  return await saveSettings(home, (file) => {
    const next = addStorage(file, entry);
    return isDefault ? setDefaultStorage(next, entry.id) : next;
  });
}

/** Checks what only makes sense together, and leaves out what was not given. */
function toEntry(added: NewStorage): StorageEntry {
  const { secretAccessKey, isDefault: _, plaintext, ...fields } = added;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  const entry: Record<string, unknown> = {
    ...Object.fromEntries(given),
    ...(plaintext ? { plaintext } : {}),
  };
  if (added.type === "s3") completeS3(entry, secretAccessKey !== undefined);
  return entry as unknown as StorageEntry;
}

function completeS3(entry: Record<string, unknown>, hasSecret: boolean): void {
  if (entry.accessKeyId !== undefined && !hasSecret) {
    throw new BackupError("invalid-argument", "an access key id needs its secret", {
      hint: "give it with --secret-access-key-file",
    });
  }
  if (entry.kmsKey !== undefined && entry.sse !== undefined && entry.sse !== "kms") {
    throw new BackupError(
      "invalid-argument",
      `a KMS key is of no use with --sse ${String(entry.sse)}`,
    );
  }
  if (entry.preset === undefined && entry.endpoint === undefined) entry.preset = "aws";
  // Fails here, with the known names, rather than at the first backup.
  resolvePreset(entry as never);
  const isAws = entry.preset === "aws";
  entry.sse ??= entry.kmsKey !== undefined ? "kms" : isAws ? "s3" : "none";
  if (entry.sse === "kms" && entry.kmsKey === undefined && !isAws) {
    throw new BackupError("invalid-argument", "--sse kms needs --kms-key with this service");
  }
}

/** Forgets a storage and its secret; what is stored there stays. */
export async function removeStorageFromSettings(app: AppContext, id: string): Promise<void> {
  await saveSettings(app.settings.home, (file) => removeStorage(file, id));
  await secretStore(app).removeSecret(storageSecretName(id));
}

export async function makeDefaultStorage(app: AppContext, id: string): Promise<void> {
  await saveSettings(app.settings.home, (file) => setDefaultStorage(file, id));
}

/** Reads a secret from the first line of a file. */
export function readSecretFile(path: string): Secret {
  const text = readTextIfExists(path, MAX_SECRET_BYTES);
  const line = text?.split(/\r?\n/)[0]?.trim();
  if (line !== undefined && line !== "") return new SecretValue(line);
  throw new BackupError(
    "invalid-argument",
    `secret file ${path} ${text === undefined ? "does not exist" : "is empty"}`,
  );
}

function secretStore(app: AppContext): ReturnType<typeof openSecretStore> {
  return openSecretStore({ home: app.settings.home, environment: app.settings.environment });
}
