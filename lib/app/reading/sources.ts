import { createHash } from "node:crypto";
import { decryptStream, isOpenPgp } from "../../archive/index.ts";
import { BackupError, isBackupError, MIB, quote } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import { openSource as openFile, realPath, statPath } from "../../filesystem/index.ts";
import type { ArchiveSource } from "../../restore/index.ts";
import { type SelectedBackup, type SelectOptions, selectBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { type DecryptionKeys, decryptionKeys, NO_KEYS } from "../passwords.ts";

const MAX_FILE_LIST_BYTES = 512 * 1024 * 1024;

/** An archive to read, and what opens it. */
export interface OpenedSource {
  readonly source: ArchiveSource;
  readonly keys: DecryptionKeys;
  /** The list beside the archive, decrypted, whoever made the archive; undefined where there is none or, told as a warning, damaged. */
  storedList(): Promise<Uint8Array | undefined>;
  /**
   * Reads that list for its own sake.
   * @throws BackupError `data-corrupt` when it is not what was recorded
   */
  checkStoredList(): Promise<void>;
}

/**
 * Finds the archive that `selector` names: a file when it looks like a path or is one, else a backup.
 * Asks for a password only when the archive is encrypted.
 */
export async function openSource(
  app: AppContext,
  selector: string,
  options: SelectOptions & { readonly keyFiles?: readonly string[] | undefined } = {},
): Promise<OpenedSource> {
  if (looksLikeFile(selector)) return await fileSource(app, selector, options.keyFiles);
  return await backupSource(app, await selectBackup(app, selector, options), options.keyFiles);
}

/** Whether a selector means a file, and no backup in a storage. */
export function looksLikeFile(selector: string): boolean {
  if (/^(\/|\.\.?\/|~\/)/.test(selector) || /\.(tar|tgz|gpg|pgp)$|\.tar\.\w+$/.test(selector))
    return true;
  return selector.includes("/") && statPath(selector)?.type === "file";
}

export async function backupSource(
  app: AppContext,
  selected: SelectedBackup,
  keyFiles?: readonly string[] | undefined,
): Promise<OpenedSource> {
  const { backup, place } = selected;
  const keys = backup.encrypted ? await decryptionKeys(app, keyFiles) : NO_KEYS;
  const storedList = () => soundListOf(app, selected, keys);
  return {
    keys,
    storedList,
    checkStoredList: async () => {
      await readStoredList(app, selected, keys);
    },
    source: {
      label: `backup ${backup.id} in storage ${place.id}`,
      backup,
      sizeBytes: backup.storedBytes,
      sha256: backup.sha256,
      // An archive without a list is another tool's: a second download is little for seeing what will change, and for all its trees.
      isAtHand: true,
      open: () => place.storage.getStream(backup.objectKey, { signal: app.signal }),
      fileList: async () => (isForeign(backup) ? undefined : await storedList()),
    },
  };
}

/** The archive carries the same list: a damaged one beside it must not keep anybody from restoring. */
async function soundListOf(
  app: AppContext,
  selected: SelectedBackup,
  keys: DecryptionKeys,
): Promise<Uint8Array | undefined> {
  try {
    return await readStoredList(app, selected, keys);
  } catch (error) {
    if (!isBackupError(error, "data-corrupt")) throw error;
    const text = `${error.message}; the one in the archive is used`;
    app.onProgress?.({ type: "message", level: "warning", text });
    return undefined;
  }
}

async function readStoredList(
  { signal }: AppContext,
  selected: SelectedBackup,
  keys: DecryptionKeys,
): Promise<Uint8Array | undefined> {
  const { backup, place } = selected;
  if (backup.fileListKey === undefined) return undefined;
  try {
    const stored = await place.storage.get(backup.fileListKey, MAX_FILE_LIST_BYTES, { signal });
    assertListOf(selected, stored);
    return backup.encrypted ? await decryptWhole(stored, keys) : stored;
  } catch (error) {
    // The archive carries the same list; without the one beside it, only the preview is less exact.
    if (isBackupError(error, "storage-object-not-found")) return undefined;
    // An import could give the list to fewer keys than the archive has.
    if (keys.privateKeys.length > 0 && isBackupError(error, "wrong-password")) return undefined;
    throw error;
  }
}

function assertListOf({ backup, place }: SelectedBackup, stored: Uint8Array): void {
  const { id, fileListSha256: expected } = backup;
  const found = createHash("sha256").update(stored).digest("hex");
  if (expected === undefined || expected === found) return;
  const message = `backup ${id} in storage ${place.id}: its file list has SHA-256 ${found}, recorded is ${expected}`;
  throw new BackupError("data-corrupt", message, { details: { expected, found } });
}

/**
 * An archive that another tool made and that was imported. The list that the import made of it says nothing that it does not say itself,
 * and not what a restore must know (where the state directory is).
 */
function isForeign({ kind, scope }: Backup): boolean {
  return kind === "archive" && scope.classes.length === 0;
}

async function fileSource(
  app: AppContext,
  path: string,
  keyFiles: readonly string[] | undefined,
): Promise<OpenedSource> {
  const real = archiveFile(path);
  const isEncrypted = isEncryptedFile(real);
  return {
    keys: isEncrypted ? await decryptionKeys(app, keyFiles) : NO_KEYS,
    storedList: async () => undefined,
    checkStoredList: async () => undefined,
    source: {
      label: `file ${path}`,
      backup: undefined,
      sizeBytes: statPath(real)?.sizeBytes,
      sha256: undefined,
      isAtHand: true,
      open: () => readFileChunks(real),
      fileList: async () => undefined,
    },
  };
}

/** The regular file behind `path`, which may be a link to it. */
function archiveFile(path: string): string {
  if (statPath(path) === undefined) {
    throw new BackupError("path-not-found", `archive ${quote(path)} does not exist`, {
      hint: "give a backup id, a name, latest, a time, or the path of an archive",
    });
  }
  const real = realPath(path);
  if (real !== undefined && statPath(real)?.type === "file") return real;
  throw new BackupError("invalid-argument", `${quote(path)} is not a regular file, so no archive`);
}

function isEncryptedFile(path: string): boolean {
  using file = openFile(path);
  return file !== undefined && isOpenPgp(file.read(0, 64));
}

/** Reads a file in pieces of 1 MiB, one at a time. */
async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = openFile(path);
  if (file === undefined)
    throw new BackupError("path-not-found", `archive ${quote(path)} has vanished`);
  for (let offset = 0; ; ) {
    const chunk = file.read(offset, MIB);
    if (chunk.length === 0) return;
    yield chunk;
    offset += chunk.length;
  }
}

async function decryptWhole(stored: Uint8Array, keys: DecryptionKeys): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decryptStream(once(stored), keys)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
