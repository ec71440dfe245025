import { join } from "node:path";
import { isBackupError, isBackupId } from "../base/index.ts";
import { type Backup, type BackupKind, type Catalog, openCatalog } from "../catalog/index.ts";
import { type ObjectStorage, openDirectoryStorage } from "../storage/index.ts";
import type { AppContext } from "./context.ts";
import {
  openInstanceRepository,
  openRepositoryCache,
  repositoryStorage,
} from "./repositories/index.ts";
import type { OpenStorage } from "./storages.ts";

export interface SelectOptions {
  /** Only in this storage. */
  readonly storage?: string | undefined;
  /** Not in this storage. */
  readonly except?: string | undefined;
  readonly instance?: string | undefined;
  readonly kinds?: readonly BackupKind[] | undefined;
  /** Snapshots may be meant, too: for operations that take them. @default false */
  readonly withSnapshots?: boolean | undefined;
}

/** A backup with the storage it lies in. */
export interface SelectedBackup {
  readonly backup: Backup;
  readonly place: OpenStorage;
}

export interface OpenAppCatalogOptions extends Pick<SelectOptions, "withSnapshots" | "except"> {
  /** A person may be asked for the password of a repository whose snapshots are not known. @default false */
  readonly mayAsk?: boolean | undefined;
}

/** Opens the catalog over the chosen storage, or over all; its cache lies in the home. */
export async function openAppCatalog(
  app: AppContext,
  storageId?: string | undefined,
  { withSnapshots = false, mayAsk = false, except }: OpenAppCatalogOptions = {},
): Promise<Catalog> {
  const { opened, problems } =
    storageId === undefined
      ? await app.storages.openAll()
      : { opened: [await app.storages.open(storageId)], problems: [] };
  return openCatalog({
    storages: opened
      .filter(({ id }) => id !== except)
      .map((place) => ({
        id: place.id,
        storage: place.storage,
        openRepository: withSnapshots
          ? (instance) => openInstanceRepository(app, place, instance, { mayAsk })
          : undefined,
        openRepositoryStorage: async (instance) =>
          (await openRepositoryCache(app, place, instance)) ?? repositoryStorage(place, instance),
      })),
    unopened: problems.filter((problem) => problem.storage !== except),
    cache: await openCache(app),
    clock: app.clock,
  });
}

/** Without a home that can be written, records are read again each time; that stops nothing. */
async function openCache(app: AppContext): Promise<ObjectStorage | undefined> {
  if (!app.settings.isConfigured || !app.usesCache) return undefined;
  try {
    const path = join(app.settings.home, "cache", "catalog");
    return await openDirectoryStorage({ path, create: true });
  } catch (error) {
    if (isBackupError(error)) return undefined;
    throw error;
  }
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
  // Who names an archive by its id needs no snapshot; any other selector may mean one.
  const mayAsk = !isBackupId(selector);
  const catalog = await openAppCatalog(app, options.storage, { ...options, mayAsk });
  const backup = await catalog.find(selector, {
    instance: options.instance ?? app.settings.instance,
    kinds: options.kinds,
    now: app.clock.now(),
    signal: app.signal,
    onProblem: ({ storage, error }) => {
      const text = `storage ${storage}: ${error.message}`;
      app.onProgress?.({ type: "message", level: "warning", text });
    },
  });
  return { backup, place: await app.storages.open(backup.storage) };
}
