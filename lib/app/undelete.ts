import {
  applyUndelete,
  type DeletedBackup,
  listDeleted,
  planUndelete,
  type UndeletePlan,
} from "../catalog/index.ts";
import type { AppContext } from "./context.ts";

export type { DeletedBackup, UndeletePlan } from "../catalog/index.ts";

export interface UndeleteOptions {
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
  /** An archive's or a snapshot's id. */
  readonly id?: string | undefined;
  readonly at?: Date | undefined;
}

export interface UndeleteReport {
  readonly storage: string;
  readonly instance: string;
  readonly objects: number;
  readonly bytes: number;
}

/** What `undelete` would bring back; reads only. */
export async function planUndeletion(
  app: AppContext,
  { storage, instance = app.settings.instance, id, at }: UndeleteOptions,
): Promise<UndeletePlan> {
  const place = await app.storages.open(storage);
  return await planUndelete(place.storage, { instance, id, at }, { signal: app.signal });
}

/** Writes the old versions forward. */
export async function applyUndeletion(
  app: AppContext,
  plan: UndeletePlan,
  { storage }: Pick<UndeleteOptions, "storage">,
): Promise<UndeleteReport> {
  const place = await app.storages.open(storage);
  let bytes = 0;
  const objects = await applyUndelete(place.storage, plan, {
    signal: app.signal,
    onDone: (item) => {
      bytes += item.sizeBytes;
      app.onProgress?.({ type: "progress", bytes, totalBytes: plan.bytes });
    },
  });
  return { storage: place.id, instance: plan.instance, objects, bytes };
}

/** Backups that are gone and could be brought back, the last deleted first. */
export async function listDeletedBackups(
  app: AppContext,
  { storage, instance = app.settings.instance }: Pick<UndeleteOptions, "storage" | "instance">,
): Promise<readonly DeletedBackup[]> {
  const place = await app.storages.open(storage);
  return await listDeleted(place.storage, instance, { signal: app.signal });
}
