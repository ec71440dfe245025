import { hash } from "node:crypto";
import { BackupError, isBackupError } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import type { FileKind, Id } from "../types.ts";
import { folderOf, idOfObjectKey, objectKeyOf, shortId } from "./object-key.ts";

/** A stored file as a listing shows it. */
export interface StoredFileInfo {
  readonly id: Id;
  readonly sizeBytes: number;
  /** By the storage's clock. */
  readonly modifiedAt: Date;
}

/** The name that bytes are stored under: their SHA-256. */
export function idOf(bytes: Uint8Array): Id {
  return hash("sha256", bytes);
}

/**
 * Reads a whole stored file as it is stored, and holds it against its name, so that a truncated, changed or exchanged one is never
 * looked into.
 * @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded`; what the storage throws
 */
export async function loadRawFile(
  storage: ObjectStorage,
  file: { readonly kind: FileKind; readonly id: Id; readonly maxBytes: number },
  options: CallOptions = {},
): Promise<Uint8Array> {
  const { kind, id, maxBytes } = file;
  const bytes = await getObject(storage, file, maxBytes, options);
  const found = idOf(bytes);
  if (found === id) return bytes;
  throw new BackupError(
    "data-corrupt",
    `${kind} ${shortId(id)}: its ${bytes.byteLength} bytes have the hash ${shortId(found)}…, not that of its name`,
    { details: { kind, expected: id, found, sizeBytes: bytes.byteLength } },
  );
}

async function getObject(
  storage: ObjectStorage,
  { kind, id }: { readonly kind: FileKind; readonly id: Id },
  maxBytes: number,
  options: CallOptions,
): Promise<Uint8Array> {
  try {
    return await storage.get(objectKeyOf(kind, id), maxBytes, options);
  } catch (error) {
    throw isBackupError(error, "storage-object-not-found") ? isMissing(kind, id, error) : error;
  }
}

function isMissing(kind: FileKind, id: Id, cause: unknown): BackupError {
  return new BackupError("data-missing", `${kind} ${shortId(id)} is missing`, {
    details: { kind, id },
    cause,
  });
}

/** The same failure, with the file it was found in. */
export function inFile(kind: FileKind, id: Id, error: unknown): unknown {
  if (!isBackupError(error)) return error;
  return new BackupError(error.code, `${kind} ${shortId(id)}: ${error.message}`, {
    details: { ...error.details, kind, id },
    hint: error.hint,
    cause: error,
  });
}

/**
 * Stores bytes under their hash. Storing the same again is harmless. Only locks may replace what is there: a bucket can be set to take
 * nothing else without `If-None-Match: *`.
 * @returns the id
 */
export async function saveRawFile(
  storage: ObjectStorage,
  kind: FileKind,
  bytes: Uint8Array,
  options: CallOptions = {},
): Promise<Id> {
  const id = idOf(bytes);
  await storage.put(objectKeyOf(kind, id), bytes, { ...options, ifAbsent: kind !== "lock" });
  return id;
}

/** Lists the stored files of a kind by their names, in the order of their ids. What has no id for its name is passed over. */
export async function* listFiles(
  storage: ObjectStorage,
  kind: FileKind,
  options: CallOptions = {},
): AsyncGenerator<StoredFileInfo, void, undefined> {
  for await (const { key, sizeBytes, modifiedAt } of storage.list(folderOf(kind), options)) {
    const id = idOfObjectKey(kind, key);
    if (id !== undefined) yield { id, sizeBytes, modifiedAt };
  }
}

/** Removes a stored file; one that is gone already is no error. */
export async function deleteFile(
  storage: ObjectStorage,
  kind: FileKind,
  id: Id,
  options: CallOptions = {},
): Promise<void> {
  await storage.delete(objectKeyOf(kind, id), options);
}
