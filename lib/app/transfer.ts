import { createHash } from "node:crypto";
import { BackupError, isBackupError } from "../base/index.ts";
import {
  type Backup,
  backupKeys,
  ensureLayout,
  loadBackupRecord,
  saveBackupRecord,
} from "../catalog/index.ts";
import { createFileSink } from "../filesystem/index.ts";
import type { ObjectStorage } from "../storage/index.ts";
import { type SelectedBackup, type SelectOptions, selectBackup } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { type ExportReport, exportSnapshot } from "./export-snapshot.ts";
import { assertMayStore } from "./plaintext.ts";
import type { OpenStorage } from "./storages.ts";

/**
 * Writes the archive of a backup, exactly as it is stored, to a file with mode 0600; whole, or not at all. Of a snapshot an archive is made,
 * which is not encrypted.
 * @throws BackupError `target-not-empty` when the file exists; `data-corrupt` when the bytes are not those recorded
 */
export async function exportBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions & { readonly path: string },
): Promise<ExportReport> {
  const selected = await selectBackup(app, selector, { ...options, withSnapshots: true });
  const { backup, place } = selected;
  if (backup.kind === "snapshot") return await exportSnapshot(app, selected, options.path);
  const hash = createHash("sha256");
  await using sink = await createFileSink(options.path, { mode: 0o600 });
  let storedBytes = 0;
  for await (const chunk of place.storage.getStream(backup.objectKey, { signal: app.signal })) {
    hash.update(chunk);
    storedBytes += chunk.length;
    await sink.write(chunk);
    app.onProgress?.({ type: "progress", bytes: storedBytes, totalBytes: backup.storedBytes });
  }
  const sha256 = hash.digest("hex");
  assertRecorded(backup, sha256);
  await sink.publish();
  return { backup, path: options.path, storedBytes, sha256 };
}

function assertRecorded(backup: Backup, sha256: string): void {
  if (backup.sha256 === undefined || backup.sha256 === sha256) return;
  const message = `backup ${backup.id}: stored bytes have SHA-256 ${sha256}, recorded is ${backup.sha256}`;
  throw new BackupError("data-corrupt", message, {
    hint: `the copy in storage ${backup.storage} is damaged; see: clawback verify ${backup.id}`,
  });
}

export interface SyncReport {
  readonly backup: Backup;
  readonly from: string;
  readonly to: string;
  /** False when the other storage had the same backup already. */
  readonly copied: boolean;
  readonly replaced: boolean;
  readonly storedBytes: number;
}

export interface SyncOptions extends SelectOptions {
  /** Id of the storage to copy to. @default the default storage */
  readonly to?: string | undefined;
  /** Replace the copy there if it fails verification; nothing else is ever replaced. */
  readonly force?: boolean | undefined;
  /** Store it there readable for the storage's owner. */
  readonly plaintext?: boolean | undefined;
}

/**
 * Copies a backup to another storage, byte for byte, proved on arrival by size and SHA-256; its record goes last.
 * @throws BackupError `storage-conflict` when the copy there is damaged and `force` was not given
 */
export async function syncBackup(
  app: AppContext,
  selector: string,
  options: SyncOptions,
): Promise<SyncReport> {
  const selected = await selectBackup(app, selector, options);
  const { backup, place } = selected;
  const target = await app.storages.open(options.to);
  if (target.id === place.id) {
    throw new BackupError(
      "invalid-argument",
      `backup ${backup.id} lies in storage ${target.id} already`,
    );
  }
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
  await ensureLayout(target);
  const { storage: source } = place;
  const copied = await target.putStream(
    backup.objectKey,
    source.getStream(backup.objectKey, call),
    {
      estimatedSizeBytes: backup.storedBytes,
      onProgress: app.onProgress,
      ...call,
    },
  );
  if (copied.sha256 !== backup.sha256) {
    await target.delete(backup.objectKey, call);
    assertRecorded(backup, copied.sha256);
  }
  if (backup.fileListKey !== undefined) {
    await target.putStream(backup.fileListKey, source.getStream(backup.fileListKey, call), call);
  }
  await saveBackupRecord(target, await loadBackupRecord(source, backup.instance, backup.id));
}
