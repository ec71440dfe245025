import { isDeepStrictEqual } from "node:util";
import { BackupError, quote } from "../../base/index.ts";
import type { Provisioned } from "../../provision/index.ts";
import {
  createHome,
  type DirectoryStorageEntry,
  expandHome,
  openSecretStore,
  readSettingsFile,
  type S3StorageEntry,
  type SettingsFile,
  type SetupAnswers,
  type StorageEntry,
  saveSettings,
  saveSetupAnswers,
  setDefaultStorage,
  storageSecretName,
} from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { makeStorageDirectory } from "../directories.ts";
import { type ResolvedCloud, type ResolvedSetup, secretOf } from "./resolve.ts";

/** What setup does to the home. */
export interface SettingsPlan {
  readonly action: "create" | "change" | "keep";
  readonly home: string;
  /** For people, a line each. */
  readonly changes: readonly string[];
}

/** The storage as it will stand in the settings; the key's ARN may not be known yet. */
export function storageEntry(
  setup: ResolvedSetup,
  provisioned: Pick<Provisioned, "account" | "keyArn"> | undefined,
): StorageEntry {
  const { storageId: id, cloud, answers } = setup;
  if (cloud === undefined) {
    const { path } = answers.storage as { path: string };
    const entry: DirectoryStorageEntry = { id, type: "directory", path };
    return entry;
  }
  const keyArn = provisioned?.keyArn;
  const { answers: given, preset } = cloud;
  const entry: S3StorageEntry = {
    id,
    type: "s3",
    preset: preset.id,
    bucket: given.bucket ?? "",
    prefix: given.prefix,
    region: preset.region,
    endpoint: given.endpoint,
    addressing: cloud.machine.forcePathStyle && preset.addressing !== "path" ? "path" : undefined,
    profile: given.profile,
    accessKeyId: given.accessKeyId,
    sse: sseOf(cloud, keyArn),
    kmsKey: keyArn,
    kmsEndpoint: given.awsEndpoint,
    expectedBucketOwner: provisioned?.account,
    plaintext: given.plaintext,
  };
  const present = Object.entries(entry).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as S3StorageEntry;
}

function sseOf(
  { preset, blueprint }: ResolvedCloud,
  keyArn: string | undefined,
): "kms" | "s3" | "none" {
  if (keyArn !== undefined) return "kms";
  return blueprint.service.kind === "aws" && preset.sse.includes("s3") ? "s3" : "none";
}

/** Compares the home with what it will be; reads only. */
export function planSettings(
  app: AppContext,
  setup: ResolvedSetup,
  provisioned: Pick<Provisioned, "account" | "keyArn"> | undefined,
): SettingsPlan {
  const { settings } = app;
  const { home } = settings;
  const entry = storageEntry(setup, provisioned);
  assertSameInstance(app, setup.instance);
  if (!settings.isConfigured) {
    const changes = [
      `home ${home}, mode 0700`,
      `instance ${setup.instance}`,
      `storage ${setup.storageId}, the default`,
      `snapshots ${setup.snapshots}`,
    ];
    return { action: "create", home, changes };
  }
  const changes = [...changesOfStorage(app, setup, entry), ...changesOfJobs(app, setup)];
  return { action: changes.length === 0 ? "keep" : "change", home, changes };
}

/** A renamed instance would lose sight of its backups. What the file says counts: flags and variables stand above it for one command. */
function assertSameInstance({ settings }: AppContext, instance: string): void {
  const kept = readSettingsFile(settings.home)?.instance ?? instance;
  if (kept === instance) return;
  throw new BackupError(
    "invalid-argument",
    `this home keeps backups of instance ${quote(kept)}, not of ${quote(instance)}`,
    { hint: "leave the instance out, or choose another home with --home" },
  );
}

function changesOfStorage(
  { settings }: AppContext,
  { storageId }: ResolvedSetup,
  entry: StorageEntry,
): string[] {
  const present = settings.storages.find(({ id }) => id === storageId);
  const isDefault = settings.defaultStorage === storageId;
  const byDefault = isDefault ? [] : [`storage ${storageId} becomes the default`];
  if (present === undefined) return [`storage ${storageId} is added`, ...byDefault];
  if (present.type !== entry.type) {
    throw new BackupError(
      "invalid-argument",
      `storage ${quote(storageId)} exists already, and is of another kind`,
      { hint: "choose another id for the storage" },
    );
  }
  const kept = present as unknown as Record<string, unknown>;
  const changed = Object.entries(entry).filter(
    ([field, value]) => !isDeepStrictEqual(kept[field], value) && field !== "id",
  );
  return [...changed.map(([field]) => `storage ${storageId}: ${field} changes`), ...byDefault];
}

function changesOfJobs({ settings }: AppContext, { snapshots, answers }: ResolvedSetup): string[] {
  const at = settings.jobs.snapshot?.at ?? "hourly";
  const retention = answers.retention;
  return [
    ...(at === frequency(snapshots) ? [] : [`snapshots ${snapshots}`]),
    ...(retention === undefined || isDeepStrictEqual(retention, settings.retention)
      ? []
      : ["retention changes"]),
  ];
}

const frequency = (snapshots: ResolvedSetup["snapshots"]): string =>
  snapshots === "manual" ? "off" : snapshots;

/**
 * Writes settings, secret and answers. Other storages and settings stay as they are.
 * @throws BackupError `home-unusable`, `invalid-settings`
 */
export async function writeSettings(
  app: AppContext,
  setup: ResolvedSetup,
  provisioned: Pick<Provisioned, "account" | "keyArn"> | undefined,
): Promise<void> {
  const { home, userHome } = app.settings;
  const entry = storageEntry(setup, provisioned);
  if (entry.type === "directory") await makeStorageDirectory(expandHome(entry.path, userHome));
  const { created } = await createHome(home, { instance: setup.instance, storages: [entry] });
  await saveSecretOf(app, setup);
  if (!created || needsMore(setup)) await saveSettings(home, (file) => changed(file, setup, entry));
  await saveSetupAnswers(home, withoutSecrets(setup.answers));
}

/** The machine need not know who its administrator is, and its own key lies in the home's secrets. */
function withoutSecrets({ administrator: _, ...answers }: SetupAnswers): SetupAnswers {
  if (answers.storage.type === "directory") return answers;
  const { accessKeyId: _id, secretAccessKeyFile: _file, ...storage } = answers.storage;
  return { ...answers, storage };
}

const needsMore = ({ snapshots, answers }: ResolvedSetup): boolean =>
  snapshots !== "hourly" || answers.retention !== undefined || answers.stateDir !== undefined;

async function saveSecretOf(app: AppContext, { storageId, cloud }: ResolvedSetup): Promise<void> {
  const secret = secretOf(app, cloud?.answers.secretAccessKeyFile);
  if (secret === undefined) return;
  const { home, environment } = app.settings;
  await openSecretStore({ home, environment }).saveSecret(storageSecretName(storageId), secret);
}

function changed(file: SettingsFile, setup: ResolvedSetup, entry: StorageEntry): SettingsFile {
  const { answers, snapshots } = setup;
  const isThere = file.storages.some(({ id }) => id === entry.id);
  const storages = isThere
    ? file.storages.map((storage) => (storage.id === entry.id ? merged(storage, entry) : storage))
    : [...file.storages, entry];
  const at = frequency(snapshots);
  const isDefaultFrequency = at === "hourly" && file.jobs?.snapshot?.at === undefined;
  const next: SettingsFile = {
    ...file,
    storages,
    ...(isDefaultFrequency
      ? {}
      : { jobs: { ...file.jobs, snapshot: { ...file.jobs?.snapshot, at } } }),
    ...(answers.retention === undefined ? {} : { retention: answers.retention }),
    ...(answers.stateDir === undefined
      ? {}
      : { installation: { ...file.installation, stateDir: answers.stateDir } }),
  };
  return setDefaultStorage(next, entry.id);
}

/** What setup does not ask, such as a bandwidth, stays. */
function merged(present: StorageEntry, entry: StorageEntry): StorageEntry {
  return { ...present, ...entry } as StorageEntry;
}
