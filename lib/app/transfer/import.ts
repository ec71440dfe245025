import { type ArchiveContents, encodeFileList, encryptStream } from "../../archive/index.ts";
import { BackupError, createBackupId, isBackupId } from "../../base/index.ts";
import {
  assertBackupNames,
  type Backup,
  type BackupRecord,
  backupKeys,
  ensureLayout,
  saveBackupRecord,
} from "../../catalog/index.ts";
import { selectBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import type { DecryptionKeys } from "../passwords.ts";
import { assertMayStore } from "../plaintext.ts";
import { type OpenedSource, openSource, type ReadThrough, readThrough } from "../reading/index.ts";

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
  const opened = await openSource(app, path, { keyFiles: options.keyFiles });
  const { source, keys } = opened;
  const place = await app.storages.open(options.storage);
  const isEncrypted = keys.passphrases.length + keys.privateKeys.length > 0;
  assertMayStore(place, isEncrypted || options.plaintext === true);
  const started = app.clock.monotonicMs();
  const read = await readSound(app, opened);
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

async function readSound(app: AppContext, opened: OpenedSource): Promise<ReadThrough> {
  const read = await readThrough(app, opened);
  const [finding] = read.findings;
  if (finding === undefined) return read;
  throw new BackupError("data-corrupt", `${opened.source.label} is not sound: ${finding.message}`, {
    hint: "see: clawback verify FILE",
  });
}

async function* fileListBytes(
  read: ReadThrough,
  keys: DecryptionKeys,
  isEncrypted: boolean,
): AsyncGenerator<Uint8Array> {
  const omissions = read.contents.fileList?.omissions ?? [];
  const plain = encodeFileList({ entries: read.entries, omissions });
  if (!isEncrypted) yield plain;
  // To a private key's public half: whoever can open the archive with it can open the list.
  else {
    const { passphrases, privateKeys } = keys;
    const publicKeys = passphrases.length > 0 ? [] : privateKeys;
    yield* encryptStream(once(plain), { passphrases, publicKeys });
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

type NewRecord = Omit<BackupRecord, "archive" | "fileList" | "encryption" | "durationMs">;

function describe(
  app: AppContext,
  { contents, entries, databases }: ReadThrough,
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
    databases,
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
