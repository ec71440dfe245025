import type { PackBlob, PackContents } from "../types.ts";
import { MARKED_KEY, type MarkedPack } from "./decode-index.ts";

/**
 * Encodes the JSON of an index file, with restic's keys in restic's order; pack by pack, so that its values are not all held at once.
 * @param marked - Packs that are to be deleted; the key is left out when there are none, as restic knows none.
 * @see restic doc/design.rst, "Indexing"
 */
export function encodeIndex(
  packs: Iterable<PackContents>,
  marked: readonly MarkedPack[] = [],
): Buffer {
  const pieces: Buffer[] = [Buffer.from('{"packs":[')];
  for (const { packId, blobs } of packs) {
    const pack = JSON.stringify({ id: packId, blobs: blobs.map((blob) => blobFields(blob)) });
    pieces.push(Buffer.from(pieces.length === 1 ? pack : `,${pack}`));
  }
  pieces.push(Buffer.from("]"));
  if (marked.length > 0) pieces.push(Buffer.from(`,"${MARKED_KEY}":${encodeMarked(marked)}`));
  return Buffer.concat([...pieces, Buffer.from("}")]);
}

function encodeMarked(marked: readonly MarkedPack[]): string {
  const fields = marked.map(({ packId, markedAt, blobs }) => {
    return {
      id: packId,
      time: markedAt.toISOString(),
      blobs: blobs.map((blob) => blobFields(blob)),
    };
  });
  return JSON.stringify(fields);
}

function blobFields({ id, type, offsetBytes, lengthBytes, uncompressedBytes }: PackBlob) {
  return {
    id,
    type,
    offset: offsetBytes,
    length: lengthBytes,
    uncompressed_length: uncompressedBytes,
  };
}
