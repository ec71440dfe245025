import { BackupError, type Clock, quote, toBackupError } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import type { BrokenBackup } from "./archives.ts";
import { explainNotFound } from "./not-found.ts";
import { selectBackup } from "./select.ts";
import { listInstances, listStorage, sortNewestFirst } from "./storage-listing.ts";
import type { Backup, BackupKind, BackupList, CatalogStorage, ListFilter } from "./types.ts";

export interface OpenCatalogOptions {
  /** In the order of preference: of one backup in several, the first is taken. */
  readonly storages: readonly CatalogStorage[];
  /** Storages that could not even be opened: told like those that cannot be read. */
  readonly unopened?: readonly CatalogProblem[] | undefined;
  /** Where records that were read once are kept; without it every list reads each of them again. */
  readonly cache?: ObjectStorage | undefined;
  readonly clock: Clock;
}

/** Something that a list or a search could not use: a whole storage, or one backup (`error.details.id`). */
export type CatalogProblem = BackupList["problems"][number];

export interface FindOptions extends CallOptions {
  /** An instance name, or `all`. */
  readonly instance: string;
  readonly kinds?: readonly BackupKind[] | undefined;
  /** Only in this storage. */
  readonly storage?: string | undefined;
  /** What times such as "10 minutes ago" are counted from. @default the clock's time */
  readonly now?: Date | undefined;
  /** Told of whatever could not be looked at although something was found. */
  readonly onProblem?: ((problem: CatalogProblem) => void) | undefined;
}

/** Every backup in the configured storages. Nothing is kept open. */
export interface Catalog {
  /** Lists backups, newest first. What cannot be read is told beside them and hides nothing else. */
  list(filter: ListFilter): Promise<BackupList>;
  /**
   * Gets the backup that `selector` means: an id, the start of one, a name, `latest`, `latest~N` or a time.
   * @throws BackupError `archive-not-found` (perhaps with `details.proposedInstance`), `ambiguous-id`, `invalid-argument`;
   *   `data-missing`, `manifest-mismatch`, `data-corrupt` or `version-too-new` when the one that is meant is broken; what a storage
   *   threw, when nothing was found and that storage or a backup in it could not be read
   */
  find(selector: string, options: FindOptions): Promise<Backup>;
  /** The instances that have backups in one storage. */
  instances(storageId: string, options?: CallOptions): Promise<readonly string[]>;
}

interface Listing {
  readonly backups: readonly Backup[];
  readonly broken: readonly BrokenBackup[];
  readonly problems: readonly CatalogProblem[];
  /** Backups that exist and could not be looked at. */
  readonly hidden: readonly CatalogProblem[];
  /** Storages that could not be read at all. */
  readonly unread: readonly CatalogProblem[];
}

interface ListOptions extends CallOptions {
  readonly instance: string;
  readonly kinds?: readonly BackupKind[] | undefined;
}

/** Opens a catalog over storages that stay the caller's. */
export function openCatalog(options: OpenCatalogOptions): Catalog {
  return {
    async list(filter) {
      const { backups, problems, unread } = await listAll(options, filter);
      return {
        backups: backups.filter((backup) => fits(backup, filter)).slice(0, filter.limit),
        problems,
        unread: unread.map(({ storage }) => storage),
      };
    },
    async find(selector, wanted) {
      const chosen = choose(options, wanted.storage);
      const listing = await listAll(chosen, wanted);
      const now = wanted.now ?? options.clock.now();
      const found = selectBackup(selector, listing, now);
      if (found === undefined) {
        const [unread] = listing.unread;
        if (unread !== undefined) throw unread.error;
        const denied = listing.broken.find(({ error }) => error.category === "access");
        if (denied !== undefined) throw denied.error;
        // A repository that could not be opened may hold it: absence is claimed only of what was read.
        const [hidden] = listing.hidden;
        if (hidden !== undefined) throw hidden.error;
        const { instance, signal } = wanted;
        const { storages } = chosen;
        const search = { selector, instance, now, storages, candidates: listing, signal };
        throw await explainNotFound(search);
      }
      for (const problem of listing.problems) wanted.onProblem?.(problem);
      return found;
    },
    async instances(storageId, call = {}) {
      const { storages, unopened = [] } = choose(options, storageId);
      const [problem] = unopened;
      if (problem !== undefined) throw problem.error;
      const [source] = storages;
      return source === undefined ? [] : await listInstances(source.storage, call);
    },
  };
}

function fits(backup: Backup, { tags, session, since, until }: ListFilter): boolean {
  const madeAt = new Date(backup.createdAt);
  return (
    (tags ?? []).every((tag) => backup.tags.includes(tag)) &&
    (session === undefined || backup.session === session) &&
    (since === undefined || madeAt >= since) &&
    (until === undefined || madeAt <= until)
  );
}

/** The same with one storage alone. */
function choose(options: OpenCatalogOptions, id: string | undefined): OpenCatalogOptions {
  if (id === undefined) return options;
  const storages = options.storages.filter((source) => source.id === id);
  const unopened = options.unopened?.filter((problem) => problem.storage === id) ?? [];
  if (storages.length + unopened.length > 0) return { ...options, storages, unopened };
  throw new BackupError("invalid-argument", `storage ${quote(id)} is not configured`, {
    details: { storage: id, known: options.storages.map((source) => source.id) },
    hint: "see them with: clawback storage list",
  });
}

async function listAll(options: OpenCatalogOptions, wanted: ListOptions): Promise<Listing> {
  const { storages, unopened = [], cache } = options;
  const { instance, kinds, signal } = wanted;
  const listings = await Promise.allSettled(
    storages.map((source) => listStorage(source, { instance, kinds, cache, signal })),
  );
  const backups: Backup[] = [];
  const broken: BrokenBackup[] = [];
  const remarks: CatalogProblem[] = [];
  const hidden: CatalogProblem[] = [];
  const unread: CatalogProblem[] = [...unopened];
  for (const [index, listing] of listings.entries()) {
    const storage = storages[index]?.id ?? "";
    if (listing.status === "rejected") {
      unread.push({ storage, error: storageFailure(listing.reason) });
      continue;
    }
    backups.push(...listing.value.backups);
    broken.push(...listing.value.broken);
    remarks.push(...listing.value.remarks.map((error) => ({ storage, error })));
    hidden.push(...(listing.value.hidden ?? []).map((error) => ({ storage, error })));
  }
  return {
    backups: sortNewestFirst(backups, storages),
    broken,
    hidden,
    unread,
    problems: [
      ...unread,
      ...broken.map(({ storage, error }) => ({ storage, error })),
      ...hidden,
      ...remarks,
    ],
  };
}

/** A wrong instance name, an interrupt or a bug of ours is no property of a storage; settings of it that cannot work are. */
function storageFailure(reason: unknown): BackupError {
  const error = toBackupError(reason);
  const isOfStorage = error.code === "invalid-settings" || error.code === "not-configured";
  if (!isOfStorage && ["usage", "control", "bug"].includes(error.category)) throw error;
  return error;
}
