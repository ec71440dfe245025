import { BackupError, quote } from "../base/index.ts";
import { nearestName } from "./nearest.ts";
import { checkStorageEntry, type SettingsFile, type StorageEntry } from "./settings-file.ts";
import type { Settings, StorageSettings } from "./types.ts";

/**
 * Adds a storage; the first one becomes the default.
 * @throws BackupError `invalid-argument` when its id is taken, or a field of it makes no sense
 */
export function addStorage(file: SettingsFile, entry: StorageEntry): SettingsFile {
  if (file.storages.some((storage) => storage.id === entry.id)) {
    throw new BackupError("invalid-argument", `storage ${quote(entry.id)} exists already`, {
      details: { storage: entry.id },
      hint: "choose another id, or remove that one first (its backups stay)",
    });
  }
  return {
    ...file,
    storages: [...file.storages, checkStorageEntry(entry)],
    defaultStorage: file.defaultStorage ?? entry.id,
  };
}

/**
 * Forgets a storage; what lies in it stays. When it was the default and one other is left, that one becomes it.
 * @throws BackupError `invalid-argument` when there is none of that id
 */
export function removeStorage(file: SettingsFile, id: string): SettingsFile {
  assertKnown(id, file.storages);
  const { defaultStorage, ...rest } = file;
  const storages = file.storages.filter((storage) => storage.id !== id);
  const remaining = defaultStorage !== id ? defaultStorage : onlyId(storages);
  return { ...rest, storages, ...(remaining === undefined ? {} : { defaultStorage: remaining }) };
}

/** @throws BackupError `invalid-argument` when there is none of that id */
export function setDefaultStorage(file: SettingsFile, id: string): SettingsFile {
  assertKnown(id, file.storages);
  return { ...file, defaultStorage: id };
}

/**
 * The storage to use: the one asked for, else the default.
 * @throws BackupError `invalid-argument` for an id that is not configured; `not-configured` when there is no storage, or several and no
 *   default; whatever kept its credentials from being read
 */
export function getStorageSettings(settings: Settings, id?: string): StorageSettings {
  const wanted = id ?? settings.defaultStorage ?? onlyId(settings.storages);
  if (wanted === undefined) throw noDefault(settings.storages);
  assertKnown(wanted, settings.storages);
  const found = settings.storages.find((storage) => storage.id === wanted) as StorageSettings;
  if (found.type === "s3" && found.problem !== undefined) throw found.problem;
  return found;
}

function onlyId(storages: readonly { readonly id: string }[]): string | undefined {
  return storages.length === 1 ? storages[0]?.id : undefined;
}

function assertKnown(id: string, storages: readonly { readonly id: string }[]): void {
  const known = storages.map((storage) => storage.id);
  if (known.includes(id)) return;
  const nearest = nearestName(id, known);
  const list = known.length === 0 ? "none" : known.join(", ");
  throw new BackupError(
    "invalid-argument",
    `storage ${quote(id)} is not configured (there is: ${list})`,
    {
      details: { storage: id, known },
      hint:
        nearest === undefined
          ? "see them with: clawback storage list"
          : `did you mean ${quote(nearest)}?`,
    },
  );
}

function noDefault(storages: readonly { readonly id: string }[]): BackupError {
  if (storages.length === 0) {
    return new BackupError("not-configured", "no storage is configured", {
      hint: "make a home with: clawback init, or add one with: clawback storage add",
    });
  }
  return new BackupError(
    "not-configured",
    "several storages are configured and none is the default",
    {
      details: { known: storages.map((storage) => storage.id) },
      hint: "name one with --storage, or set it with: clawback storage default ID",
    },
  );
}
