import { assertInstanceName, BackupError, isBackupError, quote } from "../base/index.ts";
import { makeDirectory, publishFile, readTextIfExists, statPath } from "../filesystem/index.ts";
import { lockHomeFile } from "./home-lock.ts";
import { pathsOfHome } from "./paths.ts";
import {
  formatSettingsFile,
  MAX_SETTINGS_BYTES,
  parseSettingsFile,
  SETTINGS_VERSION,
  type SettingsFile,
  type StorageEntry,
} from "./settings-file.ts";

export interface CreateHomeOptions {
  /** The name under which this installation's backups are kept; fixed from here on. */
  readonly instance: string;
  /** The first is the default. @default a directory storage `local` in the home */
  readonly storages?: readonly StorageEntry[] | undefined;
}

export interface CreatedHome {
  readonly home: string;
  /** False when the home was there already; then nothing was changed, and `settings` is what it holds. */
  readonly created: boolean;
  readonly settings: SettingsFile;
}

/**
 * Makes a home (0700) with its settings file (0600), asking nothing. One that has a settings file is left as it is.
 * @throws BackupError `invalid-argument`, `home-unusable`, `invalid-settings`, `no-space`
 */
export async function createHome(home: string, options: CreateHomeOptions): Promise<CreatedHome> {
  assertInstanceName(options.instance);
  const paths = pathsOfHome(home);
  const storages = options.storages ?? [{ id: "local", type: "directory", path: paths.storage }];
  const settings: SettingsFile = {
    version: SETTINGS_VERSION,
    instance: options.instance,
    storages,
    ...(storages[0] === undefined ? {} : { defaultStorage: storages[0].id }),
  };
  const source = formatSettingsFile(settings, paths.settings);
  return await writingHome(home, async () => {
    makeDirectory(home);
    await using _lock = await lockHomeFile(paths.settingsLock);
    const existing = readSettingsFile(home);
    if (existing !== undefined) return { home, created: false, settings: existing };
    await publishFile(paths.settings, source, { mode: 0o600 });
    return { home, created: true, settings };
  });
}

/**
 * Reads the settings file of a home.
 * @returns undefined when there is none.
 * @throws BackupError `invalid-settings`, `version-too-new`, `home-unusable`
 */
export function readSettingsFile(home: string): SettingsFile | undefined {
  const path = pathsOfHome(home).settings;
  const source = readHomeFile(home, path, MAX_SETTINGS_BYTES);
  return source === undefined ? undefined : parseSettingsFile(source, path);
}

/**
 * Reads a small text file of the home.
 * @returns undefined when it is not there.
 * @throws BackupError `home-unusable` when it cannot be read; `limit-exceeded`
 */
export function readHomeFile(home: string, path: string, maxBytes: number): string | undefined {
  return readingHome(home, () => readTextIfExists(path, maxBytes));
}

/** @throws BackupError `home-unusable` when something else than a directory is there, or this user may not look */
export function assertHomeDirectory(home: string): void {
  const stat = readingHome(home, () => statPath(home));
  if (stat === undefined || stat.type === "dir" || stat.type === "symlink") return;
  throw new BackupError("home-unusable", `home ${quote(home)} is not a directory`, {
    details: { home },
    hint: "choose another one with CLAWBACK_HOME or --home",
  });
}

function readingHome<T>(home: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isBackupError(error, "source-unreadable")) throw error;
    const hint = "run as the user it belongs to, or choose another home with CLAWBACK_HOME";
    throw isUnusable(home, error, hint);
  }
}

/** Runs what writes into the home, so that each way in which it cannot be written ends as `home-unusable` that names the home. */
export async function writingHome<T>(home: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isBackupError(error, "home-unusable", "target-not-empty", "path-not-found")) throw error;
    if (error.details.home !== undefined) throw error;
    const hint = "make it writable for this user, or choose another home with CLAWBACK_HOME";
    throw isUnusable(home, error, hint);
  }
}

function isUnusable(home: string, cause: BackupError, hint: string): BackupError {
  return new BackupError("home-unusable", `home ${quote(home)} cannot be used: ${cause.message}`, {
    details: { home, ...cause.details },
    hint,
    cause,
  });
}
