import type { S3StorageSettings, StorageSettings } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { openStoragePool } from "../storages.ts";

/**
 * Works with the rights of the pruner where the settings name them, and otherwise with those of everything else. A machine that backs up need not
 * be able to delete.
 */
export async function asPruner<T>(
  app: AppContext,
  work: (app: AppContext) => Promise<T>,
): Promise<T> {
  const { settings, clock, onProgress } = app;
  if (!settings.storages.some(hasPruner)) return await work(app);
  const own = { ...settings, storages: settings.storages.map(withPruner) };
  await using storages = openStoragePool(own, { clock, onProgress });
  // What was opened with other rights would be used with them.
  const opened = { caches: new Map(), repositories: new Map() };
  return await work({ ...app, settings: own, storages, opened });
}

function hasPruner(storage: StorageSettings): storage is S3StorageSettings {
  return storage.type === "s3" && storage.prunerProfile !== undefined;
}

function withPruner(storage: StorageSettings): StorageSettings {
  if (!hasPruner(storage)) return storage;
  // Stored keys would win over the profile; what is wrong with them is of no matter here.
  const { accessKeyId: _id, secretAccessKey: _secret, problem: _problem, ...rest } = storage;
  return { ...rest, profile: storage.prunerProfile };
}
