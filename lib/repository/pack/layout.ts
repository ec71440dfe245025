import { KIB, MIB } from "../../base/index.ts";
import { type PackBlob, SEAL_OVERHEAD_BYTES } from "../types.ts";

/** Of a blob that is stored uncompressed; also the least that a header can hold. */
const PLAIN_ENTRY_BYTES = 37;
const COMPRESSED_ENTRY_BYTES = 41;
/** The field at the very end of a pack. */
export const HEADER_LENGTH_BYTES = 4;

/** Encrypted, without the length field behind it. */
export const MAX_HEADER_BYTES: number = 16 * MIB;

/** What a pack costs beyond its blobs and their entries. */
export const PACK_OVERHEAD_BYTES: number = SEAL_OVERHEAD_BYTES + HEADER_LENGTH_BYTES;

/** One blob of no bytes. */
export const SMALLEST_PACK_BYTES: number =
  SEAL_OVERHEAD_BYTES + PLAIN_ENTRY_BYTES + PACK_OVERHEAD_BYTES;

/** Restic's bounds for the size at which a pack counts as full. */
export const MIN_PACK_BYTES: number = 4 * MIB;
export const DEFAULT_PACK_BYTES: number = 16 * MIB;
export const MAX_PACK_BYTES: number = 128 * MIB;

/**
 * Blobs of more plaintext are refused: restic's data blobs have at most 8 MiB, and the text of a larger tree does not fit a
 * string here. The format alone would allow 4 GiB, from a few kilobytes of a hostile pack.
 */
export const MAX_BLOB_BYTES: number = 512 * MIB - KIB;

/** As stored: what does not compress grows a little (by 1/256 in zstd). */
export const MAX_STORED_BLOB_BYTES: number = MAX_BLOB_BYTES + 4 * MIB;

/** What a blob takes in its pack's header. */
export function entryBytes({ uncompressedBytes }: Pick<PackBlob, "uncompressedBytes">): number {
  return uncompressedBytes === undefined ? PLAIN_ENTRY_BYTES : COMPRESSED_ENTRY_BYTES;
}

/** The size of the pack that holds exactly these blobs. */
export function packSizeBytes(blobs: Iterable<PackBlob>): number {
  let sizeBytes = PACK_OVERHEAD_BYTES;
  for (const blob of blobs) sizeBytes += blob.lengthBytes + entryBytes(blob);
  return sizeBytes;
}
