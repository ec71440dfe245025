import { createHash } from "node:crypto";
import type { BlobIndex } from "../index-file/index.ts";
import { type Id, SEAL_OVERHEAD_BYTES } from "../types.ts";

/**
 * Whether bytes at hand are those of data blobs, by the hashes that name these; no blob is read for it. One that no index knows can be
 * compared with nothing, and counts as different.
 *
 * @param read - Gives up to `length` bytes at `offset`, fewer only at the end.
 */
export function isSameContent(
  content: readonly Id[],
  read: (offset: number, length: number) => Uint8Array,
  index: Pick<BlobIndex, "find">,
): boolean {
  let offset = 0;
  for (const id of content) {
    const place = index.find({ type: "data", id });
    if (place === undefined) return false;
    const sizeBytes = place.uncompressedBytes ?? place.lengthBytes - SEAL_OVERHEAD_BYTES;
    const bytes = read(offset, sizeBytes);
    if (bytes.length !== sizeBytes) return false;
    if (createHash("sha256").update(bytes).digest("hex") !== id) return false;
    offset += sizeBytes;
  }
  return read(offset, 1).length === 0;
}
