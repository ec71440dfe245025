import { KIB, MIB } from "../../base/index.ts";
import type { Id, IndexedBlob } from "../types.ts";

/** What is read of a pack at once. */
export interface PackRange {
  readonly packId: Id;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** In the order of their bytes. */
  readonly blobs: readonly IndexedBlob[];
}

/** What lies between two blobs is read with them when it is less: it costs less than another request. */
const MAX_GAP_BYTES = 64 * KIB;
/** One range is held in memory as a whole. A larger blob is a range by itself. */
const MAX_RANGE_BYTES = 16 * MIB;

/** Joins neighbouring blobs into ranges. Packs stay in the order in which they first occur; a blob given twice comes once. */
export function planRanges(blobs: Iterable<IndexedBlob>): PackRange[] {
  const byPack = new Map<Id, IndexedBlob[]>();
  for (const blob of blobs) {
    const others = byPack.get(blob.packId);
    if (others === undefined) byPack.set(blob.packId, [blob]);
    else others.push(blob);
  }
  return [...byPack].flatMap(([packId, found]) =>
    groupsOf(found).map((group) => rangeOf(packId, group)),
  );
}

/** Sorts `blobs` and cuts them where a range ends. */
function groupsOf(blobs: IndexedBlob[]): IndexedBlob[][] {
  const groups: IndexedBlob[][] = [];
  for (const blob of blobs.sort((a, b) => a.offsetBytes - b.offsetBytes)) {
    const group = groups.at(-1);
    const first = group?.[0];
    const last = group?.at(-1);
    if (last?.offsetBytes === blob.offsetBytes && last.id === blob.id) continue;
    const isNear = last !== undefined && blob.offsetBytes - endOf(last) < MAX_GAP_BYTES;
    const isSmall = first && endOf(blob) - first.offsetBytes <= MAX_RANGE_BYTES;
    if (isNear && isSmall) group?.push(blob);
    else groups.push([blob]);
  }
  return groups;
}

function rangeOf(packId: Id, blobs: readonly IndexedBlob[]): PackRange {
  const offsetBytes = blobs[0]?.offsetBytes ?? 0;
  const end = blobs.reduce((most, blob) => Math.max(most, endOf(blob)), offsetBytes);
  return { packId, offsetBytes, lengthBytes: end - offsetBytes, blobs };
}

function endOf({ offsetBytes, lengthBytes }: IndexedBlob): number {
  return offsetBytes + lengthBytes;
}
