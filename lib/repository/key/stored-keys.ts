import { type BackupError, isBackupError, KIB } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import { inFile, listFiles, loadRawFile } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import { decodeKeyFile, type KeyFile } from "./key-file.ts";

/** A key file has 450 bytes; names of hosts and users are what varies. */
const MAX_KEY_FILE_BYTES = 64 * KIB;

/** One key of a repository, as a list shows it. */
export interface StoredKey {
  readonly id: Id;
  /** RFC 3339, as the program that made it wrote it; empty when the key file cannot be read. */
  readonly created: string;
  readonly username: string;
  readonly hostname: string;
  /** Why the key file cannot be used. */
  readonly problem?: BackupError | undefined;
}

/**
 * Reads one key file.
 * @throws BackupError `data-missing`, `data-corrupt`, `unsupported-format`, `limit-exceeded`; what the storage throws
 */
export async function loadKeyFile(
  storage: ObjectStorage,
  id: Id,
  options: CallOptions = {},
): Promise<KeyFile> {
  const file = { kind: "key", id, maxBytes: MAX_KEY_FILE_BYTES } as const;
  const bytes = await loadRawFile(storage, file, options);
  try {
    return decodeKeyFile(bytes);
  } catch (error) {
    throw inFile("key", id, error);
  }
}

/** Lists the keys of a repository in the order of their ids, those that cannot be read with the reason. */
export async function* listKeys(
  storage: ObjectStorage,
  options: CallOptions = {},
): AsyncGenerator<StoredKey, void, undefined> {
  for await (const { id } of listFiles(storage, "key", options)) {
    try {
      const { created, username, hostname } = await loadKeyFile(storage, id, options);
      yield { id, created, username, hostname };
    } catch (error) {
      if (!isBackupError(error) || !concernsOneKey(error)) throw error;
      yield { id, created: "", username: "", hostname: "", problem: error };
    }
  }
}

/** Whether another key may open the repository all the same. */
export function concernsOneKey(error: BackupError): boolean {
  return error.category === "integrity" || error.code === "limit-exceeded";
}
