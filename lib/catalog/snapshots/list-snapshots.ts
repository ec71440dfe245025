import { allTogether, BackupError, count, mapConcurrent, toBackupError } from "../../base/index.ts";
import {
  type Id,
  isId,
  loadSnapshot,
  type Repository,
  type StoredSnapshot,
} from "../../repository/index.ts";
import { type CallOptions, type ObjectStorage, withPrefix } from "../../storage/index.ts";
import type { BrokenBackup, InstanceListing } from "../archives.ts";
import { placed } from "../judge.ts";
import { repositoryPrefix } from "../keys.ts";
import { type MarkSummary, summarizeMarks } from "../marks.ts";
import {
  type CachedRecord,
  type CacheSubject,
  loadCachedRecords,
  saveCachedRecords,
} from "../record-cache.ts";
import type { Backup, CatalogStorage } from "../types.ts";
import { loadSnapshotReports } from "./load-reports.ts";
import { type SnapshotRecord, toSnapshotRecord } from "./to-record.ts";

const READS_AT_ONCE = 8;

export interface ListSnapshotsOptions extends CallOptions {
  readonly cache: ObjectStorage | undefined;
}

type Records = Map<Id, SnapshotRecord>;
type Failures = Map<Id, BackupError>;

/**
 * Lists the snapshots in the repository of one instance. The names of the objects tell which there are; the repository is opened only
 * for those that the cache does not know, because that takes its password and half a second.
 * @throws What the storage throws, except for single snapshots and a repository that cannot be opened: these are told in the listing
 */
export async function listSnapshotBackups(
  source: CatalogStorage,
  instance: string,
  options: ListSnapshotsOptions,
): Promise<InstanceListing> {
  const { storage, id: storageId } = source;
  if (source.openRepository === undefined) return NOTHING;
  const ids = await listIds(source, instance, options);
  if (ids.length === 0) return NOTHING;
  const subject = { storageId, location: storage.location, instance, part: "snapshots" as const };
  const [marks, cached] = await allTogether(
    (signal) => [
      summarizeMarks(storage, instance, { signal }),
      loadCachedRecords<SnapshotRecord>(options.cache, subject, { signal }),
    ],
    options.signal,
  );
  const records: Records = new Map();
  for (const id of ids) {
    const known = cached.get(id);
    if (known !== undefined) records.set(id, known.record);
  }
  const missing = ids.filter((id) => !records.has(id));
  const failures: Failures = new Map();
  const hidden = await loadMissing(source, { instance, missing, records, failures }, options);
  if (missing.length > 0 || records.size !== cached.size) {
    await saveRecords(records, subject, options);
  }
  return { ...listing(source, instance, { records, failures, marks }), hidden };
}

const NOTHING: InstanceListing = { backups: [], broken: [], remarks: [] };

const FOLDER = "snapshots/";

async function listIds(
  { storage, openRepositoryStorage }: CatalogStorage,
  instance: string,
  { signal }: CallOptions,
): Promise<Id[]> {
  const repository =
    (await openRepositoryStorage?.(instance)) ?? withPrefix(storage, repositoryPrefix(instance));
  const ids: Id[] = [];
  for await (const { key } of repository.list(FOLDER, { signal })) {
    const id = key.slice(FOLDER.length);
    if (isId(id)) ids.push(id);
  }
  return ids;
}

interface Missing {
  readonly instance: string;
  readonly missing: readonly Id[];
  readonly records: Records;
  readonly failures: Failures;
}

/** @returns why they cannot be shown, when the repository cannot be opened */
async function loadMissing(
  { id: storage, openRepository }: CatalogStorage,
  { instance, missing, records, failures }: Missing,
  options: CallOptions,
): Promise<BackupError[]> {
  if (missing.length === 0 || openRepository === undefined) return [];
  const opened = await openRepository(instance).catch((error: unknown) => toBackupError(error));
  if (opened instanceof BackupError) {
    if (opened.category === "control" || opened.category === "storage") throw opened;
    return [notShown(opened, instance, missing.length)];
  }
  const snapshots = await loadSnapshots(opened, missing, failures, options);
  const loader = opened.createLoader(await opened.loadIndex(options));
  for await (const [snapshot, report] of loadSnapshotReports(loader, snapshots, options)) {
    const { id } = snapshot;
    if (report instanceof BackupError) failures.set(id, placed(report, id, storage));
    else {
      const known = report === "none" ? undefined : report;
      records.set(id, toSnapshotRecord(snapshot, known, instance));
    }
  }
  return [];
}

/** One that vanishes meanwhile was forgotten; one that is damaged is told; else the storage is to blame. */
async function loadSnapshots(
  { storedFiles }: Repository,
  ids: readonly Id[],
  failures: Failures,
  options: CallOptions,
): Promise<StoredSnapshot[]> {
  const found: StoredSnapshot[] = [];
  const load = async (id: Id) =>
    await loadSnapshot(storedFiles, id, options).catch((error: unknown) => ({
      id,
      error: toBackupError(error),
    }));
  for await (const loaded of mapConcurrent(ids, load, { limit: READS_AT_ONCE, ...options })) {
    if (!("error" in loaded)) found.push(loaded);
    else if (!["integrity", "limits"].includes(loaded.error.category)) throw loaded.error;
    else if (loaded.error.code !== "data-missing") failures.set(loaded.id, loaded.error);
  }
  return found;
}

function notShown(error: BackupError, instance: string, howMany: number): BackupError {
  const message = `${count(howMany, "snapshot")} of instance ${instance} cannot be shown: ${error.message}`;
  return new BackupError(error.code, message, { hint: error.hint, cause: error });
}

async function saveRecords(
  records: Records,
  subject: CacheSubject,
  { cache, signal }: ListSnapshotsOptions,
): Promise<void> {
  // A snapshot's name is the hash of its bytes, so it needs no other tag.
  const cached = [...records].map(
    ([id, record]): CachedRecord<SnapshotRecord> => ({ key: id, etag: "", record }),
  );
  await saveCachedRecords(cache, subject, cached, { signal });
}

interface Found {
  readonly records: Records;
  readonly failures: Failures;
  readonly marks: ReadonlyMap<string, MarkSummary>;
}

function listing(
  { id: storage }: CatalogStorage,
  instance: string,
  { records, failures, marks }: Found,
): InstanceListing {
  const backups = [...records].map(([id, record]): Backup => {
    const { verifiedAt, held = false } = marks.get(id) ?? {};
    return { ...record, storage, ...(verifiedAt === undefined ? {} : { verifiedAt }), held };
  });
  const broken = [...failures].map(
    ([id, error]): BrokenBackup => ({ id, instance, storage, error: placed(error, id, storage) }),
  );
  return { backups, broken, remarks: [] };
}
