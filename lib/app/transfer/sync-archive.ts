import { createHash } from "node:crypto";
import { BackupError, isBackupError } from "../../base/index.ts";
import {
  backupKeys,
  ensureLayout,
  loadBackupRecord,
  saveBackupRecord,
} from "../../catalog/index.ts";
import type { ObjectStorage } from "../../storage/index.ts";
import type { SelectedBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { assertMayStore } from "../plaintext.ts";
import type { OpenStorage } from "../storages.ts";
import { assertRecorded } from "./export.ts";
import type { SyncOptions, SyncReport } from "./sync.ts";
import { holdCopy } from "./sync-snapshots.ts";

/**
 * Copies an archive to another storage, byte for byte, proved on arrival by size and SHA-256; its record goes last.
 * @throws BackupError `storage-conflict` when the copy there is damaged and `force` was not given
 */
export async function syncArchive(
  app: AppContext,
  selected: SelectedBackup,
  target: OpenStorage,
  options: Pick<SyncOptions, "force" | "plaintext">,
): Promise<SyncReport> {
  const { backup, place } = selected;
  assertMayStore(target, backup.encrypted || options.plaintext === true);
  if (backup.kind !== "archive") {
    throw new BackupError(
      "not-supported",
      `backup ${backup.id} was made by openclaw; import it first`,
      {
        hint: "clawback import FILE",
      },
    );
  }
  const report = { backup, from: place.id, to: target.id, storedBytes: backup.storedBytes };
  const keys = backupKeys(backup.instance, backup.id);
  const isThere = (await target.storage.find(keys.record, { signal: app.signal })) !== undefined;
  if (isThere) {
    if (await copyIsSound(app, selected, target))
      return { ...report, copied: false, replaced: false };
    if (options.force !== true) {
      throw new BackupError(
        "storage-conflict",
        `storage ${target.id} holds a damaged copy of backup ${backup.id}`,
        {
          hint: "replace it with --force",
        },
      );
    }
    for (const key of [keys.record, backup.objectKey, keys.fileList]) {
      await target.storage.delete(key, { signal: app.signal });
    }
  }
  await copyObjects(app, selected, target.storage);
  if (backup.held) await holdCopy(app, target, backup);
  return { ...report, copied: true, replaced: isThere };
}

/** Whether the copy in `target` has exactly the recorded bytes. */
async function copyIsSound(
  app: AppContext,
  { backup }: SelectedBackup,
  target: OpenStorage,
): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of target.storage.getStream(backup.objectKey, { signal: app.signal }))
      hash.update(chunk);
  } catch (error) {
    if (isBackupError(error, "storage-object-not-found", "data-corrupt")) return false;
    throw error;
  }
  return hash.digest("hex") === backup.sha256;
}

async function copyObjects(
  app: AppContext,
  { backup, place }: SelectedBackup,
  target: ObjectStorage,
): Promise<void> {
  const call = { signal: app.signal };
  // What an earlier copy left, cut short before its record, is taken when it has the same bytes; a bucket may let nothing be replaced.
  const put = { ...call, ifAbsent: true };
  await ensureLayout(target);
  const { storage: source } = place;
  const copied = await target.putStream(
    backup.objectKey,
    source.getStream(backup.objectKey, call),
    {
      estimatedSizeBytes: backup.storedBytes,
      onProgress: app.onProgress,
      ...put,
    },
  );
  if (copied.sha256 !== backup.sha256) {
    await target.delete(backup.objectKey, call);
    assertRecorded(backup, copied.sha256);
  }
  if (backup.fileListKey !== undefined) {
    await target.putStream(backup.fileListKey, source.getStream(backup.fileListKey, call), put);
  }
  await saveBackupRecord(target, await loadBackupRecord(source, backup.instance, backup.id));
}
