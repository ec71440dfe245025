import { createHash } from "node:crypto";
import { BackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import { createFileSink } from "../../filesystem/index.ts";
import { type SelectOptions, selectBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { type ExportReport, exportSnapshot } from "./export-snapshot.ts";

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

/** @throws BackupError `data-corrupt` when bytes are not those that were recorded */
export function assertRecorded(backup: Backup, sha256: string): void {
  if (backup.sha256 === undefined || backup.sha256 === sha256) return;
  const message = `backup ${backup.id}: stored bytes have SHA-256 ${sha256}, recorded is ${backup.sha256}`;
  throw new BackupError("data-corrupt", message, {
    hint: `the copy in storage ${backup.storage} is damaged; see: clawback verify ${backup.id}`,
  });
}
