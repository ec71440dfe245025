import { DAY_MS, isBackupError } from "../base/index.ts";
import { findUncommitted } from "../catalog/index.ts";
import { listPreRestore, type PreRestore, removePreRestore } from "../restore/index.ts";
import type { AppContext } from "./context.ts";
import { targetStateDir } from "./restore.ts";

/** Younger ones may be of a run that is still under way (design section 3). */
const ABANDONED_MS: number = 3 * DAY_MS;

export interface UnfinishedArchive {
  readonly id: string;
  readonly storage: string;
  readonly bytes: number;
  readonly keys: readonly string[];
}

export interface CleanupPlan {
  readonly preRestore: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly state: PreRestore;
  }[];
  readonly uncommitted: readonly UnfinishedArchive[];
}

export interface CleanupReport {
  readonly removed: number;
  readonly bytes: number;
  /** Interrupted uploads that were ended. */
  readonly uploads: number;
  readonly warnings: readonly string[];
}

/** What restores have kept and killed runs have left. Reads only. */
export async function planCleanup(app: AppContext): Promise<CleanupPlan> {
  const { home, instance } = app.settings;
  const kept = listPreRestore({ home, stateDir: await targetStateDir(app), measure: true });
  const olderThan = new Date(app.clock.now().getTime() - ABANDONED_MS);
  const uncommitted: UnfinishedArchive[] = [];
  for (const { id: place, storage } of (await app.storages.openAll()).opened) {
    for (const { id, objects, sizeBytes } of await findUncommitted(storage, instance, olderThan)) {
      uncommitted.push({
        id,
        storage: place,
        bytes: sizeBytes,
        keys: objects.map(({ key }) => key),
      });
    }
  }
  return {
    preRestore: kept.map((state) => ({
      path: state.paths.join(", "),
      bytes: state.sizeBytes ?? 0,
      state,
    })),
    uncommitted,
  };
}

/** Removes what the plan lists, and ends interrupted uploads older than three days. */
export async function applyCleanup(app: AppContext, plan: CleanupPlan): Promise<CleanupReport> {
  const { home, instance } = app.settings;
  const warnings: string[] = [];
  await removePreRestore(
    home,
    plan.preRestore.map(({ state }) => state),
  );
  for (const found of plan.uncommitted) {
    const { storage } = await app.storages.open(found.storage);
    for (const key of found.keys) await storage.delete(key, { signal: app.signal });
  }
  const olderThan = new Date(app.clock.now().getTime() - ABANDONED_MS);
  let uploads = 0;
  for (const { id, storage } of (await app.storages.openAll()).opened) {
    try {
      uploads += await storage.sweepUploads(`${instance}/`, olderThan, { signal: app.signal });
    } catch (error) {
      if (!isBackupError(error)) throw error;
      warnings.push(`storage ${id}: interrupted uploads were not looked for: ${error.message}`);
    }
  }
  const items = [...plan.preRestore, ...plan.uncommitted];
  return {
    removed: items.length,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    uploads,
    warnings,
  };
}
