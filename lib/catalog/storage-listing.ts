import { allTogether, assertInstanceName, isBackupError, mapConcurrent } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { type InstanceListing, listArchives } from "./archives.ts";
import { checkLayout } from "./layout.ts";
import { listNatives } from "./natives.ts";
import { listSnapshotBackups } from "./snapshots/index.ts";
import type { Backup, BackupKind, CatalogStorage } from "./types.ts";

const INSTANCES_AT_ONCE = 8;

export interface StorageListingOptions extends CallOptions {
  /** An instance name, or `all`. */
  readonly instance: string;
  readonly kinds: readonly BackupKind[] | undefined;
  readonly cache: ObjectStorage | undefined;
}

/**
 * Lists what one storage holds of one instance or of all.
 * @throws BackupError `version-too-new` for a storage of a newer layout; what the storage throws
 */
export async function listStorage(
  source: CatalogStorage,
  options: StorageListingOptions,
): Promise<InstanceListing> {
  const { kinds } = options;
  const [archives, natives, snapshots] = await allTogether((signal) => {
    const call = { signal };
    const instances = instancesFor(source.storage, options.instance, call);
    const list = (names: readonly string[]) =>
      listNatives(source, names, { thorough: kinds !== undefined, ...call });
    return [
      isWanted(kinds, "archive")
        ? listAll(
            instances,
            (name) => listArchives(source, name, { cache: options.cache, ...call }),
            call,
          )
        : [],
      isWanted(kinds, "native") ? instances.then(list) : [],
      isWanted(kinds, "snapshot")
        ? listAll(
            instances,
            (name) => listSnapshotBackups(source, name, { cache: options.cache, ...call }),
            call,
          )
        : [],
      instances,
      checkLayout(source.storage, call),
    ];
  }, options.signal);
  const listings = [...archives, ...snapshots];
  return {
    backups: [...listings.flatMap((listing) => listing.backups), ...natives],
    broken: listings.flatMap((listing) => listing.broken),
    remarks: listings.flatMap((listing) => listing.remarks),
    hidden: listings.flatMap(({ hidden = [] }) => hidden),
  };
}

/**
 * The names of the instances that have backups in a storage, in byte order. Other folders that lie there are passed over.
 * @throws What the storage throws
 */
export async function listInstances(
  storage: ObjectStorage,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const inspect = async (name: string) =>
    (await isInstance(storage, name, options)) ? [name] : [];
  const names: string[] = [];
  const folders = storage.listFolders("", options);
  const limit = INSTANCES_AT_ONCE;
  for await (const found of mapConcurrent(folders, inspect, { limit, ...options })) {
    names.push(...found);
  }
  return names;
}

async function isInstance(
  storage: ObjectStorage,
  name: string,
  options: CallOptions,
): Promise<boolean> {
  if (!isInstanceName(name)) return false;
  try {
    for await (const folder of storage.listFolders(`${name}/`, options)) {
      if (folder === "archives" || folder === "repository") return true;
    }
    return false;
  } catch (error) {
    // Somebody else's folder: the credentials end at their own.
    if (isBackupError(error, "storage-access-denied")) return false;
    throw error;
  }
}

function isInstanceName(name: string): boolean {
  try {
    assertInstanceName(name);
    return true;
  } catch (error) {
    if (isBackupError(error, "invalid-argument")) return false;
    throw error;
  }
}

async function instancesFor(
  storage: ObjectStorage,
  instance: string,
  call: CallOptions,
): Promise<readonly string[]> {
  if (instance === "all") return await listInstances(storage, call);
  assertInstanceName(instance);
  return [instance];
}

async function listAll(
  instances: Promise<readonly string[]>,
  list: (instance: string) => Promise<InstanceListing>,
  { signal }: CallOptions,
): Promise<readonly InstanceListing[]> {
  const listings: InstanceListing[] = [];
  const concurrency = { limit: INSTANCES_AT_ONCE, signal };
  for await (const listing of mapConcurrent(await instances, list, concurrency)) {
    listings.push(listing);
  }
  return listings;
}

function isWanted(kinds: readonly BackupKind[] | undefined, kind: BackupKind): boolean {
  return kinds === undefined || kinds.includes(kind);
}

/** Newest first; of the same moment the later id, and of one backup and its copies the storage that comes first in `storages`. */
export function sortNewestFirst(
  backups: readonly Backup[],
  storages: readonly CatalogStorage[],
): readonly Backup[] {
  const places = new Map(storages.map((source, index) => [source.id, index]));
  return backups
    .map((backup) => ({
      backup,
      time: new Date(backup.createdAt).getTime(),
      place: places.get(backup.storage) ?? places.size,
    }))
    .sort(
      (a, b) =>
        b.time - a.time ||
        compareText(firstId(b.backup), firstId(a.backup)) ||
        a.place - b.place ||
        compareText(b.backup.id, a.backup.id),
    )
    .map(({ backup }) => backup);
}

function firstId({ id, original }: Backup): string {
  return original ?? id;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
