import { assertNotCancelled, isBackupError } from "../base/index.ts";
import type { CallOptions } from "../storage/index.ts";
import { type BlobIndex, loadBlobIndex } from "./index-file/index.ts";
import type { StoredFiles } from "./stored-file/index.ts";
import type { Id } from "./types.ts";

/** Each takes up to 8 MB as JSON. */
const CONCURRENT_LOADS = 4;
const ATTEMPTS = 5;

/**
 * Loads all index files. When one vanishes between listing and loading, because a prune has just replaced it, all are listed again.
 * @throws BackupError `data-corrupt`, `data-missing`, `limit-exceeded`; what the storage throws
 */
export async function loadIndex(
  files: StoredFiles,
  { signal }: CallOptions = {},
): Promise<BlobIndex> {
  for (let attempt = 1; ; attempt++) {
    try {
      const load = (id: Id) => files.load("index", id, { signal });
      return await loadBlobIndex(listIds(files, { signal }), load, {
        limit: CONCURRENT_LOADS,
        signal,
      });
    } catch (error) {
      if (!isBackupError(error, "data-missing") || attempt === ATTEMPTS) throw error;
      assertNotCancelled(signal);
    }
  }
}

async function* listIds(files: StoredFiles, options: CallOptions): AsyncGenerator<Id> {
  for await (const { id } of files.list("index", options)) yield id;
}
