import { createHash } from "node:crypto";
import {
  type ArchiveContents,
  type ArchiveEntry,
  createArchiveAudit,
  decryptStream,
  encodeFileList,
  encryptStream,
  type FileListEntry,
  formatMtime,
  readArchive,
} from "../archive/index.ts";
import { BackupError, createBackupId, isBackupId } from "../base/index.ts";
import {
  assertBackupNames,
  type Backup,
  type BackupRecord,
  backupKeys,
  ensureLayout,
  saveBackupRecord,
} from "../catalog/index.ts";
import type { RestoreSource } from "../restore/index.ts";
import { selectBackup } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import type { DecryptionKeys } from "./passwords.ts";
import { assertMayStore } from "./plaintext.ts";
import { openSource } from "./sources.ts";

export interface ImportOptions {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
  readonly keyFiles?: readonly string[] | undefined;
  readonly plaintext?: boolean | undefined;
}

/**
 * Takes an archive file (ours, OpenClaw's or a plain tar) into a storage as a backup: read and checked whole first, then stored as it
 * is. One of ours keeps its id and its time.
 *
 * @throws BackupError `data-corrupt` when the file is not sound; `storage-conflict` when the storage has a backup of that id
 */
export async function importArchive(
  app: AppContext,
  path: string,
  options: ImportOptions,
): Promise<Backup> {
  assertBackupNames(options.name ?? null, options.tags);
  const { source, keys } = await openSource(app, path, { keyFiles: options.keyFiles });
  const place = await app.storages.open(options.storage);
  const isEncrypted = keys.passphrases.length + keys.privateKeys.length > 0;
  assertMayStore(place, isEncrypted || options.plaintext === true);
  const started = app.clock.monotonicMs();
  const read = await readWhole(app, source, keys);
  const record = describe(app, read, options);
  const keysOf = backupKeys(record.instance, record.id);
  const { storage } = place;
  if ((await storage.find(keysOf.record, { signal: app.signal })) !== undefined) {
    throw new BackupError(
      "storage-conflict",
      `storage ${place.id} has backup ${record.id} already`,
    );
  }
  await ensureLayout(storage);
  const archiveKey = isEncrypted ? keysOf.encryptedArchive : keysOf.archive;
  const listKey = isEncrypted ? keysOf.encryptedFileList : keysOf.fileList;
  const call = { signal: app.signal, ifAbsent: true };
  const archive = await storage.putStream(archiveKey, source.open(), {
    ...call,
    estimatedSizeBytes: source.sizeBytes,
    onProgress: app.onProgress,
  });
  const list = await storage.putStream(listKey, fileListBytes(read, keys, isEncrypted), call);
  const stored = (result: { key: string; sizeBytes: number; sha256: string }) => ({
    name: result.key.slice(result.key.lastIndexOf("/") + 1),
    sizeBytes: result.sizeBytes,
    sha256: result.sha256,
  });
  await saveBackupRecord(storage, {
    ...record,
    durationMs: Math.round(app.clock.monotonicMs() - started),
    archive: stored(archive),
    fileList: stored(list),
    encryption: isEncrypted ? "openpgp" : "none",
  });
  return (await selectBackup(app, record.id, { storage: place.id, instance: record.instance }))
    .backup;
}

interface ReadArchive {
  readonly contents: ArchiveContents;
  /** As the archive lists them, or as they were found where it has no list. */
  readonly entries: readonly FileListEntry[];
}

async function readWhole(
  app: AppContext,
  source: RestoreSource,
  keys: DecryptionKeys,
): Promise<ReadArchive> {
  app.onProgress?.({ type: "phase", phase: "checking" });
  const isEncrypted = keys.passphrases.length + keys.privateKeys.length > 0;
  const bytes = isEncrypted ? decryptStream(source.open(), keys) : source.open();
  const reader = readArchive(bytes, { signal: app.signal });
  const audit = createArchiveAudit();
  const entries: FileListEntry[] = [];
  let read = 0;
  for await (const found of reader) {
    const entry = audit.watch(found);
    const hash = createHash("sha256");
    for await (const chunk of entry.body) {
      hash.update(chunk);
      read += chunk.length;
    }
    entries.push(toListEntry(entry, hash.digest("hex")));
    app.onProgress?.({ type: "progress", files: entries.length, bytes: read });
  }
  const contents = reader.contents();
  const [finding] = audit.findings(contents);
  if (finding !== undefined) {
    throw new BackupError("data-corrupt", `${source.label} is not sound: ${finding.message}`, {
      hint: "see: clawback verify FILE",
    });
  }
  return { contents, entries: contents.fileList?.entries ?? entries };
}

/** A line of the list that another tool's archive lacks. Its classes are not known. */
function toListEntry(entry: ArchiveEntry, sha256: string): FileListEntry {
  const { type, storedPath, sizeBytes, mode, mtimeNs = 0n, target } = entry;
  const path =
    entry.role === "payload" && entry.path.startsWith("/")
      ? `payload/posix${entry.path}`
      : storedPath;
  const facts = { path, type, sizeBytes, mode, mtime: formatMtime(mtimeNs), class: "other" };
  return {
    ...facts,
    ...(type === "file" ? { sha256 } : {}),
    ...(target === undefined ? {} : { target }),
  };
}

async function* fileListBytes(
  read: ReadArchive,
  keys: DecryptionKeys,
  isEncrypted: boolean,
): AsyncGenerator<Uint8Array> {
  const omissions = read.contents.fileList?.omissions ?? [];
  const plain = encodeFileList({ entries: read.entries, omissions });
  if (!isEncrypted) yield plain;
  else if (keys.passphrases.length > 0)
    yield* encryptStream(once(plain), { passphrases: keys.passphrases, publicKeys: [] });
  else
    throw new BackupError(
      "not-supported",
      "an archive encrypted to a public key is imported with its key only",
      { hint: "decrypt it first with gpg -d" },
    );
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

type NewRecord = Omit<BackupRecord, "archive" | "fileList" | "encryption" | "durationMs">;

function describe(
  app: AppContext,
  { contents, entries }: ReadArchive,
  options: ImportOptions,
): NewRecord {
  const own = contents.clawback ?? {};
  const createdAt = timeOf(contents.createdAt) ?? app.clock.now();
  const id = own.id;
  const omissions = contents.fileList?.omissions ?? [];
  const files = entries.filter((entry) => entry.type === "file" || entry.type === "hardlink");
  return {
    formatVersion: 1,
    id: typeof id === "string" && isBackupId(id) ? id : createBackupId(createdAt),
    kind: "archive",
    name: options.name ?? (typeof own.name === "string" ? own.name : null),
    instance: options.instance ?? app.settings.instance,
    tags: [...(options.tags ?? [])],
    scope: scopeOf(own.scope, contents),
    createdAt: createdAt.toISOString(),
    files: files.length,
    bytes: files.reduce((sum, entry) => sum + entry.sizeBytes, 0),
    databases: typeof own.databases === "number" ? own.databases : 0,
    omissions: countByReason(omissions),
    notes: 0,
    degraded: own.degraded === true,
    openclaw: { version: contents.runtimeVersion ?? "unknown", schemaVersions: {} },
    host: {
      name: typeof own.host === "string" ? own.host : "unknown",
      platform: app.environment.platform,
    },
    clawbackVersion: app.version,
  };
}

function timeOf(text: string | undefined): Date | undefined {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** What our own manifest says; an archive of another tool is full when it holds a state directory. */
function scopeOf(own: unknown, contents: ArchiveContents): BackupRecord["scope"] {
  if (
    typeof own === "object" &&
    own !== null &&
    "full" in own &&
    "classes" in own &&
    Array.isArray(own.classes)
  ) {
    const { full, classes } = own;
    return {
      full: full === true,
      classes: classes.map(String),
      onlyConfig: "onlyConfig" in own && own.onlyConfig === true,
      includeWorkspace: !("includeWorkspace" in own) || own.includeWorkspace === true,
    };
  }
  const full = contents.kind === "plain" || contents.assets.some((asset) => asset.kind === "state");
  return { full, classes: [], onlyConfig: false, includeWorkspace: true };
}

function countByReason(omissions: readonly { readonly reason: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of omissions) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
