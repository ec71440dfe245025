import { DAY_MS } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import { removeBackups } from "../../retention/index.ts";
import type { AppContext } from "../context.ts";
import { listBackups } from "../reading/index.ts";
import { openInstanceRepository, waiting } from "../repositories/index.ts";
import { openPlaces } from "../retention/index.ts";

export interface SnapshotCleanupOptions {
  readonly olderThanDays: number;
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
}

export interface SnapshotCleanupPlan {
  readonly olderThanDays: number;
  /** Oldest first. */
  readonly remove: readonly Backup[];
  /** As old, and kept all the same. */
  readonly keep: readonly { readonly backup: Backup; readonly reason: string }[];
  readonly problems: readonly { readonly storage: string; readonly message: string }[];
}

export interface SnapshotCleanupReport {
  readonly removed: readonly Backup[];
  /** Held by somebody since the plan was made. */
  readonly held: readonly Backup[];
  readonly failures: readonly {
    readonly storage: string;
    readonly code: string;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly left: number;
  }[];
}

/**
 * Finds the snapshots of an instance that are older than so many days. In each storage the newest one, the newest verified one and those that
 * are held stay. Reads only.
 */
export async function planSnapshotCleanup(
  app: AppContext,
  { olderThanDays, storage, instance }: SnapshotCleanupOptions,
): Promise<SnapshotCleanupPlan> {
  const list = await listBackups(app, { storage, instance, kinds: ["snapshot"] });
  const before = app.clock.now().getTime() - olderThanDays * DAY_MS;
  const remove: Backup[] = [];
  const keep: { backup: Backup; reason: string }[] = [];
  const groups = Map.groupBy(list.backups, (each) => JSON.stringify([each.storage, each.instance]));
  for (const group of groups.values()) {
    for (const backup of group) {
      if (new Date(backup.createdAt).getTime() >= before) continue;
      const reason = reasonToKeep(backup, group);
      if (reason === undefined) remove.push(backup);
      else keep.push({ backup, reason });
    }
  }
  return {
    olderThanDays,
    remove: remove.toReversed(),
    keep,
    problems: list.problems.map((each) => ({
      storage: each.storage,
      message: each.error.message,
    })),
  };
}

/** @param group - All of one repository, newest first. */
function reasonToKeep(backup: Backup, group: readonly Backup[]): string | undefined {
  if (backup.held) return "held";
  if (backup === group[0]) return "the newest";
  const isWhole = ({ scope, degraded }: Backup): boolean => scope.full && !degraded;
  if (backup === group.find(isWhole)) return "the newest full one";
  if (backup === group.find(({ verifiedAt }) => verifiedAt !== undefined)) {
    return "the newest verified one";
  }
  return undefined;
}

/** Removes what the plan says. What the removed snapshots alone held stays stored until the repository is pruned. */
export async function applySnapshotCleanup(
  app: AppContext,
  { remove }: SnapshotCleanupPlan,
): Promise<SnapshotCleanupReport> {
  const { opened } = await openPlaces(app, undefined);
  const places = opened.map((place) => ({
    id: place.id,
    storage: place.storage,
    openRepository: (instance: string) => openInstanceRepository(app, place, instance),
  }));
  const options = { signal: app.signal, lock: waiting(app) };
  const { removed, held, failures } = await removeBackups(remove.toReversed(), places, options);
  return {
    removed,
    held,
    failures: failures.map(({ storage, error, left }) => {
      const { code, message, hint } = error;
      return { storage, code, message, ...(hint === undefined ? {} : { hint }), left };
    }),
  };
}
