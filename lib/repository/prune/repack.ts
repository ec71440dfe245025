import type { OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { BlobIndex } from "../index-file/index.ts";
import type { Repository } from "../repository.ts";
import type { BlobHandle, Id } from "../types.ts";
import { type PruneState, refused } from "./state.ts";

export interface RepackCall extends CallOptions {
  readonly packBytes?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Writes what is used of some packs into new ones, and the index of those. Until the old ones leave the index, everything stands there twice, which
 * harms nobody; so it may be cut off anywhere.
 *
 * @param gone - All packs that will leave the index: what one of the others has is not written again.
 * @returns bytes written
 */
export async function repack(
  repository: Repository,
  { inventory, used }: PruneState,
  gone: ReadonlySet<Id>,
  call: RepackCall,
): Promise<number> {
  const { signal, packBytes, onProgress } = call;
  const { index } = inventory;
  const written = new BlobIndex();
  const loader = repository.createLoader(index);
  await using saver = repository.createSaver(written, { packBytes, signal });
  const isNeeded = (blob: BlobHandle): boolean =>
    used.has(blob) && !index.places(blob).some(({ packId }) => !gone.has(packId));
  let bytes = 0;
  for (const { packId, blobs } of index.packs()) {
    if (!gone.has(packId)) continue;
    const needed = blobs.filter((blob) => isNeeded(blob) && !written.has(blob));
    for await (const loaded of loader.loadMany(needed, { signal })) {
      if ("error" in loaded) throw refused(loaded.error);
      await saver.save(loaded.handle.type, loaded.bytes, { id: loaded.handle.id });
      bytes += loaded.bytes.length;
      onProgress?.({ type: "progress", bytes });
    }
  }
  await saver.flush();
  return saver.totals.packedBytes;
}
