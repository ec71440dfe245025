import { BackupError, KIB, MIB } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import type { FileKind, Id, Sealer } from "../types.ts";
import { decodeFile, encodeFile } from "./encoding.ts";
import { objectKeyOf } from "./object-key.ts";
import {
  deleteFile,
  idOf,
  inFile,
  listFiles,
  loadRawFile,
  type StoredFileInfo,
} from "./raw-file.ts";

/** The kinds of stored files that hold one JSON document, encrypted as a whole. */
export type DocumentKind = "lock" | "snapshot" | "index";

/**
 * What a file may weigh, as stored and as JSON. An index file of restic's largest size (50,000 blobs) has 8 MB of JSON and a snapshot
 * 1 KB; the room above is for files that other programs wrote, and for one pack with many thousand blobs.
 */
const MAX_BYTES: Record<DocumentKind, { readonly stored: number; readonly json: number }> = {
  lock: { stored: 64 * KIB, json: 64 * KIB },
  snapshot: { stored: 16 * MIB, json: 64 * MIB },
  index: { stored: 128 * MIB, json: 256 * MIB },
};

/** A document ready to be stored: the name is known before the first byte is sent. */
export interface SealedFile {
  readonly kind: DocumentKind;
  readonly id: Id;
  readonly bytes: Uint8Array;
}

/** Loads and saves the files of a repository that are not packs. All methods may run concurrently. */
export interface StoredFiles {
  /**
   * Reads a document and gives its JSON, authenticated.
   * @throws BackupError `data-missing`, `data-corrupt`, `unsupported-format`, `limit-exceeded`; what the storage throws
   */
  load(kind: DocumentKind, id: Id, options?: CallOptions): Promise<Buffer>;
  /** {@link StoredFiles.seal} and {@link StoredFiles.put} in one. */
  save(kind: DocumentKind, json: Uint8Array, options?: CallOptions): Promise<Id>;
  /**
   * Encrypts a document and reads it back before anybody relies on it.
   * @throws BackupError `internal` when it would not read back (a fault of this machine's memory or of this program);
   *   `limit-exceeded` when it is larger than a reader would take
   */
  seal(kind: DocumentKind, json: Uint8Array): SealedFile;
  put(file: SealedFile, options?: CallOptions): Promise<void>;
  /** Lists the files of any kind, in the order of their ids, lazily. */
  list(kind: FileKind, options?: CallOptions): AsyncIterable<StoredFileInfo>;
  /** Removes a file of any kind; one that is gone already is no error. */
  delete(kind: FileKind, id: Id, options?: CallOptions): Promise<void>;
}

export interface StoredFilesOptions {
  readonly storage: ObjectStorage;
  readonly sealer: Sealer;
  /** Of the repository: version 1 knows no compression. */
  readonly version: 1 | 2;
}

/** Opens the stored files of a repository. */
export function createStoredFiles({ storage, sealer, version }: StoredFilesOptions): StoredFiles {
  const open = (file: SealedFile): Buffer => {
    try {
      return decodeFile(sealer.open(file.bytes), MAX_BYTES[file.kind].json);
    } catch (error) {
      throw inFile(file.kind, file.id, error);
    }
  };
  const seal = (kind: DocumentKind, json: Uint8Array): SealedFile => {
    const bytes = sealer.seal(encodeFile(json, version));
    const file = { kind, id: idOf(bytes), bytes };
    assertReadable(file, json, open);
    return file;
  };
  const put = async (file: SealedFile, options?: CallOptions): Promise<void> => {
    const key = objectKeyOf(file.kind, file.id);
    // As in saveRawFile: a bucket can be set to let nothing be replaced.
    await storage.put(key, file.bytes, { ...options, ifAbsent: file.kind !== "lock" });
  };
  return {
    async load(kind, id, options) {
      const maxBytes = MAX_BYTES[kind].stored;
      return open({ kind, id, bytes: await loadRawFile(storage, { kind, id, maxBytes }, options) });
    },
    async save(kind, json, options) {
      const file = seal(kind, json);
      await put(file, options);
      return file.id;
    },
    seal,
    put,
    list: (kind, options) => listFiles(storage, kind, options),
    delete: (kind, id, options) => deleteFile(storage, kind, id, options),
  };
}

function assertReadable(
  file: SealedFile,
  json: Uint8Array,
  open: (file: SealedFile) => Buffer,
): void {
  const { stored, json: maxJson } = MAX_BYTES[file.kind];
  if (file.bytes.byteLength > stored || json.byteLength > maxJson) {
    throw new BackupError(
      "limit-exceeded",
      `${file.kind} of ${json.byteLength} bytes is larger than would be read back`,
      { details: { kind: file.kind, sizeBytes: json.byteLength, maxBytes: maxJson } },
    );
  }
  if (open(file).equals(json)) return;
  throw new BackupError(
    "internal",
    `${file.kind} would not read back as it was written; nothing was stored`,
    { hint: "try again, and test this machine's memory if it happens twice" },
  );
}
