import type { PackBlob, PackContents } from "../types.ts";

/**
 * Encodes the JSON of an index file, with restic's keys in restic's order; pack by pack, so that its values are not all held at once.
 * @see restic doc/design.rst, "Indexing"
 */
export function encodeIndex(packs: Iterable<PackContents>): Buffer {
  const pieces: Buffer[] = [];
  for (const { packId, blobs } of packs) {
    const pack = JSON.stringify({ id: packId, blobs: blobs.map((blob) => blobFields(blob)) });
    pieces.push(Buffer.from(pieces.length === 0 ? pack : `,${pack}`));
  }
  return Buffer.concat([Buffer.from('{"packs":['), ...pieces, Buffer.from("]}")]);
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
