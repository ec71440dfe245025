import { join } from "node:path";
import { type Backup, type BackupKind, type Catalog, openCatalog } from "../catalog/index.ts";
import { openDirectoryStorage } from "../storage/index.ts";
import type { AppContext } from "./context.ts";
import type { OpenStorage } from "./storages.ts";

export interface SelectOptions {
  /** Only in this storage. */
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
  readonly kinds?: readonly BackupKind[] | undefined;
}

/** A backup with the storage it lies in. */
export interface SelectedBackup {
  readonly backup: Backup;
  readonly place: OpenStorage;
}

/** Opens the catalog over the chosen storage, or over all; its cache lies in the home. */
export async function openAppCatalog(
  app: AppContext,
  storageId?: string | undefined,
): Promise<Catalog> {
  const places =
    storageId === undefined ? await app.storages.openAll() : [await app.storages.open(storageId)];
  const cache = await openDirectoryStorage({
    path: join(app.settings.home, "cache", "catalog"),
    create: true,
  });
  return openCatalog({
    storages: places.map(({ id, storage }) => ({ id, storage })),
    cache,
    clock: app.clock,
  });
}

/**
 * Finds one backup by id, unique id prefix, name, `latest`, `latest~N` or time.
 * @throws BackupError `archive-not-found`, `ambiguous-id`
 */
export async function selectBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions = {},
): Promise<SelectedBackup> {
  const catalog = await openAppCatalog(app, options.storage);
  const backup = await catalog.find(selector, {
    instance: options.instance ?? app.settings.instance,
    kinds: options.kinds,
    now: app.clock.now(),
    signal: app.signal,
  });
  return { backup, place: await app.storages.open(backup.storage) };
}
