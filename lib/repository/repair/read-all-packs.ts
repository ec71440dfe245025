import { mapConcurrent, type OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { readPack } from "../check/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import type { Damage } from "../inventory/index.ts";
import type { Repository } from "../repository.ts";
import type { PackContents } from "../types.ts";

export interface ReadAllPacksOptions extends CallOptions {
  /** Told of every blob that cannot be read. */
  readonly damage: Damage;
  readonly onProgress?: OnProgress | undefined;
}

/** Read at once; each holds one blob. */
const CONCURRENT_PACKS = 3;

/** Reads every pack of an index. @returns those with anything wrong */
export async function readAllPacks(
  repository: Repository,
  index: BlobIndex,
  { damage, signal, onProgress }: ReadAllPacksOptions,
): Promise<PackContents[]> {
  const damaged: PackContents[] = [];
  let bytes = 0;
  const read = async (pack: PackContents) => {
    return { pack, reading: await readPack(repository, pack, { signal }) };
  };
  const limits = { limit: CONCURRENT_PACKS, signal };
  for await (const { pack, reading } of mapConcurrent(index.packs(), read, limits)) {
    bytes += reading.bytes;
    onProgress?.({ type: "progress", bytes });
    if (reading.problems.length > 0) damaged.push(pack);
    for (const { blob } of reading.problems) {
      if (blob !== undefined) damage.addPlace({ ...blob, packId: pack.packId });
    }
  }
  return damaged;
}
