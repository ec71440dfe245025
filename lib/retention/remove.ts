import { BackupError, escapeText, isBackupError, toBackupError } from "../base/index.ts";
import { type Backup, deleteArchive, deleteSnapshot, recordRemoval } from "../catalog/index.ts";
import type { LockOptions, Repository } from "../repository/index.ts";
import type { ObjectStorage } from "../storage/index.ts";

/** A storage with credentials that may, or may not, delete in it. */
export interface RemovalPlace {
  readonly id: string;
  readonly storage: ObjectStorage;
  /** Asked once for each instance, and only when snapshots of it go. */
  readonly openRepository: (instance: string) => Promise<Repository>;
}

export interface RemoveOptions {
  readonly signal?: AbortSignal | undefined;
  /** How to wait for who holds a repository. */
  readonly lock?: LockOptions | undefined;
  /** Told after each backup. */
  readonly onRemoved?: ((backup: Backup) => void) | undefined;
}

/** What kept one storage, or one instance's snapshots in it, from being thinned out; what stands behind it was not tried. */
export interface RemovalFailure {
  readonly storage: string;
  readonly instance: string;
  readonly error: BackupError;
  /** How many backups stay because of it. */
  readonly left: number;
}

export interface RemovalReport {
  readonly removed: readonly Backup[];
  /** Held by somebody since the plan was made. */
  readonly held: readonly Backup[];
  readonly failures: readonly RemovalFailure[];
}

/**
 * Removes backups, the oldest first. Each is either listed whole or not at all, whatever breaks off: an archive loses its record first, a
 * snapshot its only object. A failure ends the work in that storage and instance, and is told; the others are still thinned out. So nothing is
 * removed where the credentials may not delete, because the first removal fails and the rest is not tried.
 *
 * @throws BackupError `cancelled`
 */
export async function removeBackups(
  backups: readonly Backup[],
  places: readonly RemovalPlace[],
  options: RemoveOptions = {},
): Promise<RemovalReport> {
  const outcome: Outcome = { removed: [], held: [], failures: [] };
  const groups = Map.groupBy(backups.toReversed(), ({ storage, instance, kind }) =>
    JSON.stringify([storage, instance, kind === "snapshot"]),
  );
  for (const group of groups.values()) {
    const place = places.find(({ id }) => id === group[0]?.storage);
    if (place !== undefined) await removeGroup(group, place, { options, outcome });
  }
  return outcome;
}

interface Outcome {
  readonly removed: Backup[];
  readonly held: Backup[];
  readonly failures: RemovalFailure[];
}

interface Work {
  readonly options: RemoveOptions;
  readonly outcome: Outcome;
}

async function removeGroup(
  group: readonly Backup[],
  place: RemovalPlace,
  work: Work,
): Promise<void> {
  const { outcome } = work;
  const [first] = group;
  if (first === undefined) return;
  const { storage, instance } = first;
  const before = outcome.removed.length + outcome.held.length;
  try {
    if (first.kind === "snapshot") await removeSnapshots(group, place, work);
    else await removeEach(group, work, (each, call) => deleteArchive(place.storage, each, call));
  } catch (cause) {
    const error = toBackupError(cause);
    if (error.category === "control") throw error;
    const left = group.length - (outcome.removed.length + outcome.held.length - before);
    outcome.failures.push({ storage, instance, error: withoutId(error, storage), left });
  }
}

async function removeSnapshots(
  group: readonly Backup[],
  { storage, openRepository }: RemovalPlace,
  work: Work,
): Promise<void> {
  const instance = group[0]?.instance ?? "";
  const repository = await openRepository(instance);
  const { signal } = work.options;
  await using lock = await repository.lock({ ...work.options.lock, signal });
  const signals = signal === undefined ? [lock.signal] : [signal, lock.signal];
  const options = { ...work.options, signal: AbortSignal.any(signals) };
  const snapshots = group.map(({ id }) => id);
  await recordRemoval(
    storage,
    instance,
    { snapshots },
    { ...options, now: repository.clock.now() },
  );
  await removeEach(group, { ...work, options }, (backup, call) =>
    deleteSnapshot(storage, repository, backup, call),
  );
}

async function removeEach(
  group: readonly Backup[],
  { options, outcome }: Work,
  remove: (backup: Backup, call: { signal: AbortSignal | undefined }) => Promise<void>,
): Promise<void> {
  for (const backup of group) {
    try {
      await remove(backup, { signal: options.signal });
      outcome.removed.push(backup);
      options.onRemoved?.(backup);
    } catch (error) {
      if (!isBackupError(error, "policy-refused")) throw error;
      outcome.held.push(backup);
    }
  }
}

/** Credentials that may not delete are a fact of the storage, not of the backup that was tried first. */
function withoutId(error: BackupError, storage: string): BackupError {
  if (error.code !== "storage-access-denied") return error;
  const { hint, details } = error;
  return new BackupError(
    "storage-access-denied",
    `backups stay in storage ${escapeText(storage)}: its credentials may not delete`,
    { details, ...(hint === undefined ? {} : { hint }), cause: error },
  );
}
