import { type FileListEntry, type Omission, parseFileList } from "../archive/index.ts";
import { BackupError } from "../base/index.ts";
import type { Backup, BackupKind, BackupList } from "../catalog/index.ts";
import { type VerifyReport, verifyArchive } from "../verify/index.ts";
import { openAppCatalog, type SelectOptions } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { markVerified } from "./marks.ts";
import { openSource } from "./sources.ts";

const MAX_LIST_BYTES = 2 * 1024 * 1024 * 1024;

export interface ListOptions {
  readonly instance?: string | undefined;
  readonly storage?: string | undefined;
  readonly kinds?: readonly BackupKind[] | undefined;
  readonly limit?: number | undefined;
}

/** Lists backups, newest first. */
export async function listBackups(app: AppContext, options: ListOptions = {}): Promise<BackupList> {
  const catalog = await openAppCatalog(app, options.storage);
  return await catalog.list({
    instance: options.instance ?? app.settings.instance,
    kinds: options.kinds,
    limit: options.limit,
    signal: app.signal,
  });
}

export interface ArchiveListing {
  readonly backup: Backup | null;
  /** Undefined where the archive carries no list (made by another tool). */
  readonly files: readonly FileListEntry[] | undefined;
  readonly omissions: readonly Omission[];
}

/** Facts of one backup, its files as recorded, and what it left out. */
export async function showBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions & { readonly keyFiles?: readonly string[] | undefined } = {},
): Promise<ArchiveListing> {
  const { source } = await openSource(app, selector, options);
  const stored = await source.fileList();
  if (stored === undefined)
    return { backup: source.backup ?? null, files: undefined, omissions: [] };
  const list = parseFileList(stored, { maxBytes: MAX_LIST_BYTES });
  return { backup: source.backup ?? null, files: list.entries, omissions: list.omissions };
}

export interface VerifyBackupOptions extends SelectOptions {
  readonly keyFiles?: readonly string[] | undefined;
}

/** Downloads and checks one archive whole; a sound one gets a `verified` mark where the credentials may write. */
export async function verifyBackup(
  app: AppContext,
  selector: string,
  options: VerifyBackupOptions = {},
): Promise<VerifyReport> {
  const { source, keys } = await openSource(app, selector, options);
  if (source.backup?.kind === "snapshot") {
    throw new BackupError(
      "not-supported",
      `backup ${source.backup.id} is a snapshot, not an archive`,
    );
  }
  const report = await verifyArchive({
    source,
    ...keys,
    temporaryDirectory: app.makeTemporaryDirectory(),
    signal: app.signal,
    onProgress: app.onProgress,
  });
  if (report.ok && source.backup !== undefined) await markVerified(app, source.backup, report);
  return report;
}
