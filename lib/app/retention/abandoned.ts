import { DAY_MS, isBackupError } from "../../base/index.ts";
import { findUncommitted } from "../../catalog/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenedStorages, OpenStorage } from "../storages.ts";

/** Younger ones may be of a run that is still under way (design section 3). */
const ABANDONED_MS: number = 3 * DAY_MS;

/** Objects of an archive that was begun and never completed. */
export interface UnfinishedArchive {
  readonly id: string;
  readonly storage: string;
  readonly instance: string;
  readonly bytes: number;
  readonly keys: readonly string[];
}

export interface AbandonedOptions {
  /** @default this machine's */
  readonly instance?: string | undefined;
  /** Where. @default every storage */
  readonly places?: OpenedStorages | undefined;
}

export interface SweepReport {
  readonly removed: readonly UnfinishedArchive[];
  /** Interrupted uploads that were ended. */
  readonly uploads: number;
  /** A sentence for each storage where it failed. */
  readonly warnings: readonly string[];
}

/** Finds archives that killed runs left unfinished more than three days ago. Reads only. */
export async function findAbandoned(
  app: AppContext,
  options: AbandonedOptions = {},
): Promise<{ found: readonly UnfinishedArchive[]; warnings: readonly string[] }> {
  const { instance = app.settings.instance } = options;
  const { signal } = app;
  const found: UnfinishedArchive[] = [];
  const warnings = await inEachStorage(app, options, async ({ id: place, storage }) => {
    const here = await findUncommitted(storage, instance, abandonedBefore(app), { signal });
    for (const { id, objects, sizeBytes } of here) {
      const keys = objects.map(({ key }) => key);
      found.push({ id, storage: place, instance, bytes: sizeBytes, keys });
    }
  });
  return { found, warnings };
}

/** Removes what {@link findAbandoned} found, and ends interrupted uploads that are as old. */
export async function sweepAbandoned(
  app: AppContext,
  found: readonly UnfinishedArchive[],
  options: AbandonedOptions = {},
): Promise<SweepReport> {
  const { instance = app.settings.instance } = options;
  const { signal } = app;
  const removed: UnfinishedArchive[] = [];
  let uploads = 0;
  const warnings = await inEachStorage(app, options, async ({ id, storage }) => {
    const own = found.filter((each) => each.storage === id && each.instance === instance);
    for (const unfinished of own) {
      for (const key of unfinished.keys) await storage.delete(key, { signal });
      removed.push(unfinished);
    }
    uploads += await storage.sweepUploads(`${instance}/`, abandonedBefore(app), { signal });
  });
  return { removed, uploads, warnings };
}

function abandonedBefore({ clock }: AppContext): Date {
  return new Date(clock.now().getTime() - ABANDONED_MS);
}

/** @returns A sentence for each storage where it failed; none keeps the others from being cleaned. */
async function inEachStorage(
  { storages }: AppContext,
  options: AbandonedOptions,
  work: (place: OpenStorage) => Promise<void>,
): Promise<string[]> {
  const { opened, problems } = options.places ?? (await storages.openAll());
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
