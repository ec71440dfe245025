import { BackupError, isBackupError } from "../../base/index.ts";
import { type Backup, oncePerId } from "../../catalog/index.ts";
import { type SelectOptions, selectBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { readCatalog } from "../reading/index.ts";
import type { OpenStorage } from "../storages.ts";
import { syncArchive } from "./sync-archive.ts";
import { syncSnapshots } from "./sync-snapshots.ts";

export interface SyncReport {
  readonly backup: Backup;
  readonly from: string;
  readonly to: string;
  /** False when the other storage had the same backup already. */
  readonly copied: boolean;
  readonly replaced: boolean;
  /** Of an archive its size; of a snapshot what was added. */
  readonly storedBytes: number;
  /** Of a snapshot: the id that its copy has there. */
  readonly copyId?: string | undefined;
}

/** A backup that could not be copied, and why. */
export interface SyncFailure {
  readonly backup: Backup;
  readonly error: BackupError;
}

export interface SyncReports {
  readonly synced: readonly SyncReport[];
  readonly failed: readonly SyncFailure[];
  /** What could not be looked at, so that it is not known whether there is more to copy. */
  readonly problems: readonly { readonly storage: string; readonly error: BackupError }[];
}

export interface SyncOptions extends SelectOptions {
  /** Id of the storage to copy to. @default the default storage */
  readonly to?: string | undefined;
  /** Replace the copy of an archive there if it fails verification; nothing else is ever replaced. */
  readonly force?: boolean | undefined;
  /** Store it there readable for the storage's owner. */
  readonly plaintext?: boolean | undefined;
  /** The password of the repository to copy to is its first line. @default as of any repository */
  readonly toPasswordFile?: string | undefined;
}

/**
 * Copies one backup to another storage.
 * @throws BackupError as {@link syncArchive} and {@link syncSnapshots}; what is wrong with the backup
 */
export async function syncBackup(
  app: AppContext,
  selector: string,
  options: SyncOptions,
): Promise<SyncReport> {
  const { synced, failed } = await syncBackups(app, [selector], options);
  const [failure] = failed;
  if (failure !== undefined) throw failure.error;
  const [report] = synced;
  if (report === undefined)
    throw new BackupError("internal", "a backup was neither copied nor not");
  return report;
}

/**
 * Copies the named backups, or all that another storage has of an instance, oldest first. A damaged one does not keep the others from being
 * copied.
 */
export async function syncBackups(
  app: AppContext,
  selectors: readonly string[] | "all",
  options: SyncOptions,
): Promise<SyncReports> {
  const target = await app.storages.open(options.to);
  if (options.storage === target.id) {
    const message = `storage ${target.id} is the one to copy from and the one to copy to`;
    throw new BackupError("invalid-argument", message);
  }
  const { backups, problems } =
    selectors === "all"
      ? await findAll(app, target, options)
      : { backups: await findNamed(app, target, { selectors, options }), problems: [] };
  const synced: SyncReport[] = [];
  const failed: SyncFailure[] = [];
  for (const group of groupsOf(backups)) {
    const done = await syncGroup(app, group, { target, options });
    synced.push(...done.synced);
    failed.push(...done.failed);
  }
  return { synced, failed, problems };
}

async function findNamed(
  app: AppContext,
  target: OpenStorage,
  { selectors, options }: { selectors: readonly string[]; options: SyncOptions },
): Promise<Backup[]> {
  const found: Backup[] = [];
  const search = { ...options, withSnapshots: true };
  for (const selector of selectors) {
    try {
      // What lies there already is not what is to be copied there.
      const { backup } = await selectBackup(app, selector, { ...search, except: target.id });
      found.push(backup);
    } catch (error) {
      if (!isBackupError(error, "archive-not-found") || options.storage !== undefined) throw error;
      await assertNotThere(app, selector, { target, search, otherwise: error });
    }
  }
  return oncePerId(found);
}

async function assertNotThere(
  app: AppContext,
  selector: string,
  search: { target: OpenStorage; search: SelectOptions; otherwise: BackupError },
): Promise<never> {
  const { target, otherwise } = search;
  const there = await selectBackup(app, selector, { ...search.search, storage: target.id }).catch(
    () => undefined,
  );
  if (there === undefined) throw otherwise;
  const { id } = there.backup;
  const message = `backup ${id} lies in storage ${target.id} already, and in no other`;
  throw new BackupError("invalid-argument", message, { hint: "name another one with --storage" });
}

async function findAll(
  app: AppContext,
  target: OpenStorage,
  { storage, instance }: SyncOptions,
): Promise<{ backups: readonly Backup[]; problems: SyncReports["problems"] }> {
  const kinds = ["archive", "snapshot"] as const;
  const list = { storage, instance, kinds, mayAsk: true, except: target.id };
  const { backups, problems, unread } = await readCatalog(app, list);
  const [first] = problems;
  if (first !== undefined && backups.length === 0 && unread.length > 0) throw first.error;
  return { backups: oncePerId(backups).toReversed(), problems };
}

/** Snapshots of one repository go together: its index is read once. */
function groupsOf(backups: readonly Backup[]): readonly (readonly [Backup, ...Backup[]])[] {
  const groups = Map.groupBy(backups, ({ kind, id, storage, instance }) =>
    kind === "snapshot" ? JSON.stringify([storage, instance]) : id,
  );
  return [...groups.values()] as [Backup, ...Backup[]][];
}

async function syncGroup(
  app: AppContext,
  group: readonly [Backup, ...Backup[]],
  { target, options }: { target: OpenStorage; options: SyncOptions },
): Promise<Pick<SyncReports, "synced" | "failed">> {
  const [backup] = group;
  const place = await app.storages.open(backup.storage);
  if (backup.kind === "snapshot") {
    return await syncSnapshots(app, group, { place, target, ...options });
  }
  try {
    return { synced: [await syncArchive(app, { backup, place }, target, options)], failed: [] };
  } catch (error) {
    if (!isBackupError(error) || error.category !== "integrity") throw error;
    return { synced: [], failed: [{ backup, error }] };
  }
}
