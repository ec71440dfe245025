import { BackupError, isBackupError, quote } from "../base/index.ts";
import { ensureLayout, LAYOUT_KEY } from "../catalog/index.ts";
import { isSameOrInside } from "../filesystem/index.ts";
import type { DirectoryStorageSettings } from "../settings/index.ts";
import { type ObjectStorage, openDirectoryStorage } from "../storage/index.ts";

/**
 * Makes the directory of a storage that is being configured, and puts the marker into it by which {@link openConfiguredDirectory} knows
 * it again. One that is there is kept as it is.
 * @throws BackupError `storage-access-denied`, `version-too-new`, and what the storage throws
 */
export async function makeStorageDirectory(path: string): Promise<void> {
  await using storage = await openDirectoryStorage({ path, create: true });
  await ensureLayout(storage);
  if (!(await isEmpty(storage))) return;
  throw new BackupError(
    "storage-access-denied",
    `storage directory ${quote(path)} cannot be written`,
    {
      details: { location: path },
      hint: "give this user the right to it, or choose another directory",
    },
  );
}

/**
 * Opens the directory of a configured storage, and never makes it: where it is gone or empty, most likely its disk is not mounted,
 * and backups would go onto another disk while the old ones seemed lost.
 * @throws BackupError `storage-not-found`, and what the storage throws
 */
export async function openConfiguredDirectory(
  settings: DirectoryStorageSettings,
  home: string,
): Promise<ObjectStorage> {
  const { id, path } = settings;
  const hint = isSameOrInside(path, home)
    ? "bring it back; to begin anew: clawback init"
    : `mount its disk; to begin anew there: clawback storage remove ${id}, then clawback storage add`;
  const missing = (state: string, cause?: unknown): BackupError =>
    new BackupError("storage-not-found", `storage directory ${quote(path)} ${state}`, {
      details: { location: path, storage: id },
      hint,
      cause,
    });
  const storage = await openDirectoryStorage({ path }).catch((error: unknown) => {
    throw isBackupError(error, "storage-not-found") ? missing("does not exist", error) : error;
  });
  if (await isEmpty(storage)) throw missing(`is empty, not even ${LAYOUT_KEY} is there`);
  return storage;
}

async function isEmpty(storage: ObjectStorage): Promise<boolean> {
  for await (const _ of storage.list("")) return false;
  return true;
}
