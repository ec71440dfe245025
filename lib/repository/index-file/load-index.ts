import { type ConcurrencyOptions, mapConcurrent } from "../../base/index.ts";
import type { Id } from "../types.ts";
import { BlobIndex } from "./blob-index.ts";
import { decodeIndex } from "./decode-index.ts";

export type LoadIndexOptions = ConcurrencyOptions;

/**
 * Reads index files into one index.
 *
 * @param ids - Of the index files.
 * @param loadIndex - Gives the JSON of one, authenticated.
 * @param options - `limit` is how many are held at once: up to 8 MB each.
 * @throws BackupError `data-corrupt`; `data-missing` when one was removed meanwhile, by a prune: list and load again
 */
export async function loadBlobIndex(
  ids: Iterable<Id> | AsyncIterable<Id>,
  loadIndex: (id: Id) => Promise<Uint8Array>,
  options: LoadIndexOptions,
): Promise<BlobIndex> {
  const index = new BlobIndex();
  for await (const json of mapConcurrent(ids, loadIndex, options)) {
    for (const pack of decodeIndex(json)) index.addPack(pack);
  }
  return index;
}
