import { createHash } from "node:crypto";
import { type BackupRecord, backupKeys, saveBackupRecord } from "../../../lib/catalog/index.ts";
import type { ObjectStorage } from "../../../lib/storage/index.ts";

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha256 = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** An id of that time with a tail of that letter: `idAt("2026-11-21T03:00:00Z", "a")`. */
export function idAt(time: string, letter: string = "a"): string {
  return `${time.replaceAll(/[-:]/g, "")}-${letter.repeat(6)}`;
}

/** A whole record; its archive is the text `archive of <id>`. */
export function recordOf(id: string, changes: Partial<BackupRecord> = {}): BackupRecord {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z/.exec(id) ?? [];
  const archive = utf8(`archive of ${id}`);
  const fileList = utf8(`files of ${id}`);
  const encrypted = changes.encryption === "openpgp";
  const suffix = encrypted ? ".gpg" : "";
  return {
    formatVersion: 1,
    id,
    kind: "archive",
    name: null,
    instance: "box",
    tags: [],
    scope: {
      full: true,
      classes: ["config", "databases"],
      onlyConfig: false,
      includeWorkspace: true,
    },
    createdAt: `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`,
    durationMs: 1234.5,
    archive: {
      name: `archive.tar.gz${suffix}`,
      sizeBytes: archive.length,
      sha256: sha256(archive),
    },
    fileList: {
      name: `files.jsonl.gz${suffix}`,
      sizeBytes: fileList.length,
      sha256: sha256(fileList),
    },
    encryption: "none",
    files: 100,
    bytes: 200_000,
    databases: 3,
    omissions: {},
    notes: 0,
    degraded: false,
    openclaw: { version: "2026.9.6", schemaVersions: { global: 12 } },
    host: { name: "test-host", platform: "linux" },
    clawbackVersion: "0.1.0",
    ...changes,
  };
}

/** Stores a whole backup: archive, file list, then the record. */
export async function putBackup(
  storage: ObjectStorage,
  id: string,
  changes: Partial<BackupRecord> = {},
): Promise<BackupRecord> {
  const record = recordOf(id, changes);
  const { folder } = backupKeys(record.instance, id);
  await storage.put(folder + record.archive.name, utf8(`archive of ${id}`));
  await storage.put(folder + record.fileList.name, utf8(`files of ${id}`));
  await saveBackupRecord(storage, record);
  return record;
}

export async function keysIn(storage: ObjectStorage, prefix: string = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}
