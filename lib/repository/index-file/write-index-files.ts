import type { Id, PackContents } from "../types.ts";
import type { MarkedPack } from "./decode-index.ts";
import { encodeIndex } from "./encode-index.ts";

/** Restic's: about 8 MB of JSON. */
const MAX_BLOBS = 50_000;

/**
 * Writes index files anew: those of `packs`, then those of packs that are to be deleted, which name no pack beside.
 * @returns their ids
 */
export async function writeIndexFiles(
  packs: Iterable<PackContents>,
  marked: Iterable<MarkedPack>,
  saveIndex: (json: Uint8Array) => Promise<Id>,
): Promise<Id[]> {
  const ids: Id[] = [];
  for (const batch of batchesOf(packs)) ids.push(await saveIndex(encodeIndex(batch)));
  for (const batch of batchesOf(marked)) ids.push(await saveIndex(encodeIndex([], batch)));
  return ids;
}

function* batchesOf<T extends PackContents>(packs: Iterable<T>): Generator<T[], void, undefined> {
  let batch: T[] = [];
  let blobs = 0;
  for (const pack of packs) {
    batch.push(pack);
    blobs += pack.blobs.length;
    if (blobs < MAX_BLOBS) continue;
    yield batch;
    batch = [];
    blobs = 0;
  }
  if (batch.length > 0) yield batch;
}
