import { BackupError, escapeText, isBackupError, quote } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { backupKeys } from "./keys.ts";
import { decodeBackupRecord, encodeBackupRecord, MAX_RECORD_BYTES } from "./record-codec.ts";
import type { BackupRecord } from "./types.ts";

/**
 * Commits an archive: writes its `backup.json`, once and for ever. Until then the archive does not exist for anyone.
 * @throws BackupError `storage-conflict` when another record is there; what the storage throws
 */
export async function saveBackupRecord(
  storage: ObjectStorage,
  record: BackupRecord,
  options: CallOptions = {},
): Promise<void> {
  const { record: key } = backupKeys(record.instance, record.id);
  await storage.put(key, encodeBackupRecord(record), {
    ...options,
    ifAbsent: true,
    contentType: "application/json",
  });
}

/**
 * Reads the record of one archive and holds it against the place where it lies.
 * @throws BackupError `archive-not-found`, `data-corrupt`, `manifest-mismatch`, `version-too-new`; what the storage throws
 */
export async function loadBackupRecord(
  storage: ObjectStorage,
  instance: string,
  id: string,
  options: CallOptions = {},
): Promise<BackupRecord> {
  const { record: key } = backupKeys(instance, id);
  try {
    const record = decodeBackupRecord(await storage.get(key, MAX_RECORD_BYTES, options), key);
    assertBelongs(record, instance, id);
    return record;
  } catch (error) {
    if (isBackupError(error, "storage-object-not-found")) throw isAbsent(instance, id, error);
    throw error;
  }
}

/**
 * Refuses a record that was copied or moved to another backup's folder.
 * @throws BackupError `manifest-mismatch`
 */
export function assertBelongs(record: BackupRecord, instance: string, id: string): void {
  if (record.id === id && record.instance === instance) return;
  const expected = `${instance}/${id}`;
  const found = `${record.instance}/${record.id}`;
  throw new BackupError(
    "manifest-mismatch",
    `backup ${escapeText(id)}: its backup.json is that of another one (expected ${quote(expected)}, found ${quote(found)})`,
    { details: { id, expected, found } },
  );
}

function isAbsent(instance: string, id: string, cause: unknown): BackupError {
  return new BackupError(
    "archive-not-found",
    `backup ${quote(id)} of instance ${quote(instance)} does not exist`,
    { details: { id, instance }, hint: "see what there is with: clawback list", cause },
  );
}
