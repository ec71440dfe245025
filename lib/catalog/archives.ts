import {
  allTogether,
  BackupError,
  escapeText,
  isBackupError,
  mapConcurrent,
  toBackupError,
} from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { type ArchiveFolder, listArchiveFolders } from "./archive-folders.ts";
import { judgeRecord, placed } from "./judge.ts";
import { type MarkSummary, summarizeMarks } from "./marks.ts";
import {
  type CachedRecord,
  type CacheSubject,
  loadCachedRecords,
  saveCachedRecords,
} from "./record-cache.ts";
import { decodeBackupRecord, MAX_RECORD_BYTES } from "./record-codec.ts";
import type { Backup, CatalogStorage } from "./types.ts";

const READS_AT_ONCE = 16;

/** A backup that is there and must not be used, with the reason. */
export interface BrokenBackup {
  readonly id: string;
  readonly instance: string;
  readonly storage: string;
  readonly error: BackupError;
}

/** What one instance has in one storage. */
export interface InstanceListing {
  readonly backups: readonly Backup[];
  readonly broken: readonly BrokenBackup[];
  /** Something is wrong beside a backup that is good all the same. */
  readonly remarks: readonly BackupError[];
  /** Backups are there of which nothing can be known, and why. @default [] */
  readonly hidden?: readonly BackupError[] | undefined;
}

export interface ListArchivesOptions extends CallOptions {
  readonly cache: ObjectStorage | undefined;
}

interface Found {
  readonly folder: ArchiveFolder;
  readonly record: CachedRecord | BackupError;
}

/**
 * Lists the archives of one instance in one storage: one listing of the objects, one of the marks, and a read of each record that the
 * cache does not hold.
 * @throws What the storage throws, except for single records
 */
export async function listArchives(
  source: CatalogStorage,
  instance: string,
  options: ListArchivesOptions,
): Promise<InstanceListing> {
  const { storage } = source;
  const call = { signal: options.signal };
  const subject = { storageId: source.id, location: storage.location, instance };
  const [folders, marks, cached] = await allTogether(
    (signal) => [
      listArchiveFolders(storage, instance, { signal }),
      summarizeMarks(storage, instance, { signal }),
      loadCachedRecords(options.cache, subject, { signal }),
    ],
    options.signal,
  );
  const found: Found[] = [];
  const read = (folder: ArchiveFolder) => readRecord(storage, folder, { cached, ...call });
  for await (const entry of mapConcurrent(folders, read, { limit: READS_AT_ONCE, ...call })) {
    if (entry !== undefined) found.push(entry);
  }
  await refreshCache(found, cached, { subject, ...options });
  return judgeAll(source, instance, found, marks);
}

/** A record that vanishes meanwhile was deleted; one that may not be read or makes no sense is told; else the storage is to blame. */
async function readRecord(
  storage: ObjectStorage,
  folder: ArchiveFolder,
  options: CallOptions & { readonly cached: ReadonlyMap<string, CachedRecord> },
): Promise<Found | undefined> {
  const object = folder.objects.get("backup.json");
  if (object === undefined) return undefined;
  const { key, etag } = object;
  const known = options.cached.get(key);
  if (known?.etag === etag) return { folder, record: known };
  try {
    const bytes = await storage.get(key, MAX_RECORD_BYTES, { signal: options.signal });
    const record = decodeBackupRecord(bytes, `backup ${escapeText(folder.id)}: backup.json`);
    return { folder, record: { key, etag, record } };
  } catch (error) {
    if (isBackupError(error, "storage-object-not-found")) return undefined;
    const failure = toBackupError(error);
    const isOfRecord = ["integrity", "limits", "refused", "access"].includes(failure.category);
    if (isOfRecord) return { folder, record: failure };
    throw error;
  }
}

async function refreshCache(
  found: readonly Found[],
  cached: ReadonlyMap<string, CachedRecord>,
  options: ListArchivesOptions & { readonly subject: CacheSubject },
): Promise<void> {
  const records = found
    .map(({ record }) => record)
    .filter((record): record is CachedRecord => !(record instanceof BackupError));
  const isSame =
    records.length === cached.size && records.every((record) => cached.get(record.key) === record);
  if (isSame) return;
  await saveCachedRecords(options.cache, options.subject, records, { signal: options.signal });
}

function judgeAll(
  source: CatalogStorage,
  instance: string,
  found: readonly Found[],
  marks: ReadonlyMap<string, MarkSummary>,
): InstanceListing {
  const backups: Backup[] = [];
  const broken: BrokenBackup[] = [];
  const remarks: BackupError[] = [];
  for (const { folder, record } of found) {
    const { id } = folder;
    try {
      if (record instanceof BackupError) throw record;
      const place = { storage: source.id, instance, folder, mark: marks.get(id) };
      const { backup, remark } = judgeRecord(record.record, place);
      backups.push(backup);
      if (remark !== undefined) remarks.push(placed(remark, id, source.id));
    } catch (error) {
      const failure = placed(toBackupError(error), id, source.id);
      broken.push({ id, instance, storage: source.id, error: failure });
    }
  }
  return { backups, broken, remarks };
}
