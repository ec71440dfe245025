import { BackupError, escapeText } from "../base/index.ts";
import type { ArchiveFolder } from "./archive-folders.ts";
import { backupKeys } from "./keys.ts";
import type { MarkSummary } from "./marks.ts";
import { assertBelongs } from "./records.ts";
import type { Backup, BackupRecord } from "./types.ts";

/** Where a record was found, and what was learnt of its backup later. */
export interface RecordPlace {
  readonly storage: string;
  readonly instance: string;
  readonly folder: ArchiveFolder;
  readonly mark: MarkSummary | undefined;
}

export interface Judgement {
  readonly backup: Backup;
  /** Wrong beside the archive, which is good all the same: its file list lies in it once more. */
  readonly remark: BackupError | undefined;
}

/**
 * Holds a record against the objects beside it, by their names and sizes.
 * @throws BackupError `manifest-mismatch`, `data-missing` when it does not speak of the archive that lies there
 */
export function judgeRecord(record: BackupRecord, place: RecordPlace): Judgement {
  const { folder, instance } = place;
  assertBelongs(record, instance, folder.id);
  const fault = compareObject(record.archive, folder, "archive");
  if (fault !== undefined) throw fault;
  const remark = compareObject(record.fileList, folder, "file list");
  return { backup: toBackup(record, place, remark === undefined), remark };
}

/** {@link BackupError} with what a list needs to show it: the backup and its storage. */
export function placed(error: BackupError, id: string, storage: string): BackupError {
  return new BackupError(error.code, error.message, {
    details: { ...error.details, id, storage },
    hint: error.hint ?? "use another backup; a sound copy in another storage can replace this one",
    cause: error.cause,
  });
}

function compareObject(
  expected: BackupRecord["archive"],
  folder: ArchiveFolder,
  what: string,
): BackupError | undefined {
  const object = folder.objects.get(expected.name);
  if (object === undefined) {
    return new BackupError(
      "data-missing",
      `backup ${escapeText(folder.id)}: its ${what} ${expected.name} is missing`,
      { details: { name: expected.name } },
    );
  }
  if (object.sizeBytes === expected.sizeBytes) return undefined;
  return new BackupError(
    "manifest-mismatch",
    `backup ${escapeText(folder.id)}: its ${what} has ${object.sizeBytes} bytes, recorded are ${expected.sizeBytes}`,
    { details: { key: object.key, expected: expected.sizeBytes, found: object.sizeBytes } },
  );
}

function toBackup(record: BackupRecord, place: RecordPlace, hasFileList: boolean): Backup {
  const { folder } = backupKeys(record.instance, record.id);
  const verifiedAt = place.mark?.verifiedAt;
  return {
    id: record.id,
    kind: "archive",
    name: record.name,
    instance: record.instance,
    tags: record.tags,
    scope: record.scope,
    storage: place.storage,
    createdAt: record.createdAt,
    sizeBytes: record.bytes,
    storedBytes: record.archive.sizeBytes,
    sha256: record.archive.sha256,
    files: record.files,
    bytes: record.bytes,
    databases: record.databases,
    omissions: Object.values(record.omissions).reduce((sum, count) => sum + count, 0),
    degraded: record.degraded,
    encrypted: record.encryption !== "none",
    durationMs: record.durationMs,
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    held: place.mark?.held ?? false,
    objectKey: folder + record.archive.name,
    ...(hasFileList
      ? { fileListKey: folder + record.fileList.name, fileListSha256: record.fileList.sha256 }
      : {}),
    openclawVersion: record.openclaw.version,
    host: record.host.name,
  };
}
