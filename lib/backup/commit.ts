import { isDeepStrictEqual } from "node:util";
import { isBackupError } from "../base/index.ts";
import { type BackupRecord, loadBackupRecord, saveBackupRecord } from "../catalog/index.ts";
import type { ObjectStorage } from "../storage/index.ts";
import type { Uncommitted } from "./uncommitted.ts";

/**
 * Writes `backup.json`, which makes the backup exist.
 *
 * When that fails in doubt, the storage is asked: a record that is there makes it a success. The objects beside it are removed only
 * when it certainly is not, because a record without its archive would be worse than an archive without its record.
 */
export async function commit(
  storage: ObjectStorage,
  record: BackupRecord,
  uncommitted: Uncommitted,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await saveBackupRecord(storage, record, { signal });
  } catch (error) {
    const state = await stateOf(storage, record);
    if (state !== "absent") uncommitted.keep();
    if (state !== "committed") throw error;
  }
  uncommitted.keep();
}

async function stateOf(
  storage: ObjectStorage,
  record: BackupRecord,
): Promise<"committed" | "absent" | "unknown"> {
  try {
    const found = await loadBackupRecord(storage, record.instance, record.id);
    const expected: unknown = JSON.parse(JSON.stringify(record));
    return isDeepStrictEqual(JSON.parse(JSON.stringify(found)), expected) ? "committed" : "unknown";
  } catch (error) {
    return isBackupError(error, "archive-not-found") ? "absent" : "unknown";
  }
}
