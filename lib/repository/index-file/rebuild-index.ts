import {
  type BackupError,
  type ConcurrencyOptions,
  isBackupError,
  mapConcurrent,
} from "../../base/index.ts";
import type { StoredPack } from "../pack/index.ts";
import type { Id, PackContents } from "../types.ts";
import { BlobIndex } from "./blob-index.ts";

/** A pack whose header tells nothing. Its blobs are lost, unless they lie in another. */
export interface UnreadablePack {
  readonly packId: Id;
  readonly error: BackupError;
}

export interface RebuiltIndex {
  readonly index: BlobIndex;
  readonly unreadable: readonly UnreadablePack[];
}

/**
 * Makes an index from the headers of packs, for a repository that has lost its index files.
 *
 * @param packs - As listed by the storage.
 * @param loadContents - Reads the header of one (`readPackHeader`). `data-corrupt` and `data-missing` are findings; any other
 *   failure ends this.
 */
export async function rebuildBlobIndex(
  packs: AsyncIterable<StoredPack> | Iterable<StoredPack>,
  loadContents: (pack: StoredPack) => Promise<PackContents>,
  options: ConcurrencyOptions,
): Promise<RebuiltIndex> {
  const index = new BlobIndex();
  const unreadable: UnreadablePack[] = [];
  const load = async (pack: StoredPack): Promise<PackContents | UnreadablePack> => {
    try {
      return await loadContents(pack);
    } catch (error) {
      if (!isBackupError(error, "data-corrupt", "data-missing")) throw error;
      return { packId: pack.packId, error };
    }
  };
  for await (const found of mapConcurrent(packs, load, options)) {
    if ("error" in found) unreadable.push(found);
    else index.addPack(found);
  }
  return { index, unreadable };
}
