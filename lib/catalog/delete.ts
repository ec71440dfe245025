import { BackupError, escapeText, isBackupError } from "../base/index.ts";
import type { StoredFiles } from "../repository/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { backupKeys } from "./keys.ts";
import { listMarks, summarize } from "./marks.ts";
import type { Backup } from "./types.ts";

/**
 * Removes a backup: its record first, so that at no moment something half removed is listed; then its objects, its marks last. What a cut
 * leaves is uncommitted, and swept like any other. Removing what is gone already is no error.
 *
 * @throws BackupError `policy-refused` for a held backup (looked up again now); `storage-access-denied` that says who can delete;
 *   `not-supported` for a snapshot; what the storage throws
 */
export async function deleteArchive(
  storage: ObjectStorage,
  backup: Backup,
  options: CallOptions = {},
): Promise<void> {
  if (backup.kind === "snapshot") {
    throw new BackupError("not-supported", `backup ${backup.id} is a snapshot, not an archive`);
  }
  if (backup.kind === "native")
    return await deleteObject(storage, backup.objectKey, backup, options);
  const keys = backupKeys(backup.instance, backup.id);
  await assertNotHeld(storage, backup, options);
  await deleteObject(storage, keys.record, backup, options);
  for (const folder of [keys.folder, keys.marks]) await deleteAll(storage, folder, backup, options);
}

/**
 * Removes a snapshot, which is restic's `forget`: its own object, then its marks. What it alone held goes with the next prune.
 * @throws BackupError as {@link deleteArchive}
 */
export async function deleteSnapshot(
  storage: ObjectStorage,
  { storedFiles }: { readonly storedFiles: Pick<StoredFiles, "delete"> },
  backup: Backup,
  options: CallOptions = {},
): Promise<void> {
  await assertNotHeld(storage, backup, options);
  try {
    await storedFiles.delete("snapshot", backup.id, options);
  } catch (error) {
    if (isBackupError(error, "storage-access-denied")) throw mayNotDelete(backup, error);
    throw error;
  }
  await deleteAll(storage, backupKeys(backup.instance, backup.id).marks, backup, options);
}

async function assertNotHeld(
  storage: ObjectStorage,
  backup: Backup,
  options: CallOptions,
): Promise<void> {
  const { held } = summarize(await listMarks(storage, backup, options));
  if (held) throw isHeld(backup);
}

async function deleteAll(
  storage: ObjectStorage,
  folder: string,
  backup: Backup,
  options: CallOptions,
): Promise<void> {
  const left: string[] = [];
  for await (const { key } of storage.list(folder, options)) left.push(key);
  for (const key of left) await deleteObject(storage, key, backup, options);
}

async function deleteObject(
  storage: ObjectStorage,
  key: string,
  backup: Backup,
  options: CallOptions,
): Promise<void> {
  try {
    await storage.delete(key, options);
  } catch (error) {
    if (isBackupError(error, "storage-access-denied")) throw mayNotDelete(backup, error);
    throw error;
  }
}

function isHeld(backup: Backup): BackupError {
  return new BackupError("policy-refused", `backup ${backup.id} is held, so it is not removed`, {
    details: { id: backup.id, storage: backup.storage },
    hint: `release it first: clawback release ${backup.id}`,
  });
}

function mayNotDelete(backup: Backup, cause: BackupError): BackupError {
  return new BackupError(
    "storage-access-denied",
    `backup ${escapeText(backup.id)} cannot be removed: the credentials of storage ${backup.storage} may not delete`,
    {
      details: { ...cause.details, id: backup.id, storage: backup.storage },
      hint: "whoever holds the pruner's role, or administers the storage, can remove it; this machine is meant not to",
      cause,
    },
  );
}
