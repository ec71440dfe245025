import { DAY_MS, isBackupError } from "../base/index.ts";
import { findUncommitted } from "../catalog/index.ts";
import { listPreRestore, type PreRestore, removePreRestore } from "../restore/index.ts";
import type { AppContext } from "./context.ts";
import { targetStateDir } from "./restore.ts";
import type { OpenStorage } from "./storages.ts";

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
  /** Storages that could not be looked at. */
  readonly warnings: readonly string[];
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
  const uncommitted: UnfinishedArchive[] = [];
  const warnings = await inEachStorage(app, async ({ id: place, storage }) => {
    const { signal } = app;
    const found = await findUncommitted(storage, instance, abandonedBefore(app), { signal });
    for (const { id, objects, sizeBytes } of found) {
      const keys = objects.map(({ key }) => key);
      uncommitted.push({ id, storage: place, bytes: sizeBytes, keys });
    }
  });
  return {
    preRestore: kept.map((state) => ({
      path: state.paths.join(", "),
      bytes: state.sizeBytes ?? 0,
      state,
    })),
    uncommitted,
    warnings,
  };
}

/** Removes what the plan lists, and ends interrupted uploads older than three days. */
export async function applyCleanup(app: AppContext, plan: CleanupPlan): Promise<CleanupReport> {
  const { home, instance } = app.settings;
  const { signal } = app;
  await removePreRestore(
    home,
    plan.preRestore.map(({ state }) => state),
  );
  const removed: { readonly bytes: number }[] = [...plan.preRestore];
  let uploads = 0;
  const warnings = await inEachStorage(app, async ({ id, storage }) => {
    for (const found of plan.uncommitted.filter((each) => each.storage === id)) {
      for (const key of found.keys) await storage.delete(key, { signal });
      removed.push(found);
    }
    uploads += await storage.sweepUploads(`${instance}/`, abandonedBefore(app), { signal });
  });
  const bytes = removed.reduce((sum, item) => sum + item.bytes, 0);
  return { removed: removed.length, bytes, uploads, warnings };
}

function abandonedBefore({ clock }: AppContext): Date {
  return new Date(clock.now().getTime() - ABANDONED_MS);
}

/** @returns A sentence for each storage where it failed; none keeps the others from being cleaned. */
async function inEachStorage(
  { storages }: AppContext,
  work: (place: OpenStorage) => Promise<void>,
): Promise<string[]> {
  const { opened, problems } = await storages.openAll();
  const failures = problems.map(({ storage, error }) => `storage ${storage}: ${error.message}`);
  for (const place of opened) {
    try {
      await work(place);
    } catch (error) {
      if (!isBackupError(error) || error.category === "control") throw error;
      failures.push(`storage ${place.id} was not cleaned: ${error.message}`);
    }
  }
  return failures;
}
