import { BackupError, isBackupError } from "../base/index.ts";
import {
  appendMark,
  type Backup,
  deleteArchive,
  deleteSnapshot,
  type Mark,
  recordRemoval,
} from "../catalog/index.ts";
import type { VerifyReport } from "../verify/index.ts";
import { type SelectOptions, selectBackup } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { withSharedLock } from "./reading/index.ts";
import { asPruner, openInstanceRepository } from "./repositories/index.ts";

/**
 * Records that a backup was verified. Where that cannot be written (credentials of a restorer, a full or read-only disk), only the record
 * is missing, and that is told.
 */
export async function markVerified(
  app: AppContext,
  backup: Backup,
  report: VerifyReport,
): Promise<void> {
  if (backup.kind === "native") return;
  try {
    await mark(app, backup, { kind: "verified", detail: { ...report.checked } });
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    const text = `the backup is sound, but that it was verified could not be recorded: ${error.message}`;
    app.onProgress?.({ type: "message", level: "warning", text });
  }
}

/** Keeps a backup from ever being removed by retention or `delete`, until it is released. */
export async function holdBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions = {},
): Promise<Backup> {
  return await markSelected(app, selector, "hold", options);
}

export async function releaseBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions = {},
): Promise<Backup> {
  return await markSelected(app, selector, "release", options);
}

async function markSelected(
  app: AppContext,
  selector: string,
  kind: "hold" | "release",
  options: SelectOptions,
): Promise<Backup> {
  const { backup } = await selectBackup(app, selector, { ...options, withSnapshots: true });
  if (backup.kind === "native") {
    throw new BackupError(
      "not-supported",
      `backup ${backup.id} was made by openclaw and cannot be marked`,
      {
        hint: "import it first: clawback import",
      },
    );
  }
  await mark(app, backup, { kind });
  return { ...backup, held: kind === "hold" };
}

async function mark(app: AppContext, backup: Backup, fact: Omit<Mark, "at">): Promise<void> {
  const { storage } = await app.storages.open(backup.storage);
  await appendMark(storage, backup, { ...fact, at: app.clock.now().toISOString() });
}

/**
 * Removes one backup for good (as far as the storage lets go: versioned buckets keep a recoverable version). Of a snapshot the data that no
 * other needs stays until the repository is pruned.
 * @throws BackupError `policy-refused` for a held backup; `storage-access-denied` where the credentials may not delete
 */
export async function deleteBackup(app: AppContext, backup: Backup): Promise<void> {
  await asPruner(app, (pruner) => deleteAs(pruner, backup));
}

async function deleteAs(app: AppContext, backup: Backup): Promise<void> {
  const place = await app.storages.open(backup.storage);
  const { signal } = app;
  if (backup.kind !== "snapshot") return await deleteArchive(place.storage, backup, { signal });
  const { storage } = place;
  const repository = await openInstanceRepository(app, place, backup.instance);
  await withSharedLock(app, repository, async (lockSignal) => {
    const call = { signal: lockSignal, now: app.clock.now() };
    await recordRemoval(storage, backup.instance, { snapshots: [backup.id] }, call);
    await deleteSnapshot(storage, repository, backup, call);
  });
}
