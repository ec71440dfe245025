import { GIB, KIB, MIB } from "../../base/index.ts";

/**
 * Sizes of the pieces of a database, by the size of the file; the first row whose bound is above it counts.
 *
 * SQLite changes pages in place, so that cuts at fixed places keep every other piece as it was, whereas restic's own cuts (1.5
 * MiB on average) store 1.5 MiB for a page of 4 KiB. Measured with a database of 285 MB, of which 0.5 % of the rows are updated
 * and 2 MB added in a day:
 *
 * | pieces | first MB | index KB | list KB a changed snapshot | MB for the day |
 * | --- | --- | --- | --- | --- |
 * | 8 KiB | 95.9 | 1,562 | 1,238 | 5.1 |
 * | 16 KiB | 86.5 | 784 | 619 | 6.6 |
 * | 32 KiB | 78.9 | 393 | 309 | 10.0 |
 * | 64 KiB | 74.1 | 196 | 155 | 16.3 |
 * | restic's | 67.3 | – | – | 56.1 |
 *
 * A piece costs 45 bytes of index once and 35 bytes in the list of blobs that every changed snapshot stores anew, so that the best
 * size grows with the square root of the file's: about √(35 × size ÷ (0.3 × changed places)). The bounds follow from that; beyond
 * 285 MB only a file of 1.14 GB was measured (16, 32 and 64 KiB: 345, 315, 296 MB at first and 17, 27, 46 MB a day).
 */
const CHUNK_BYTES = [
  { belowBytes: 512 * MIB, chunkBytes: 16 * KIB },
  { belowBytes: 2 * GIB, chunkBytes: 32 * KIB },
  { belowBytes: Number.POSITIVE_INFINITY, chunkBytes: 64 * KIB },
] as const;

/** What the parent snapshot knows of a file. */
export interface ParentFile {
  readonly sizeBytes: number;
  /** Plaintext size of the first of its blobs. */
  readonly firstBlobBytes: number;
}

/**
 * The size of the pieces in which to store a database; only the last piece is shorter.
 *
 * A file keeps the size it has in the parent snapshot: a change would store all of it again. A parent with one blob only, or one that
 * somebody else cut, says nothing.
 */
export function pageChunkBytes(fileSizeBytes: number, parent?: ParentFile | undefined): number {
  const kept = CHUNK_BYTES.find(({ chunkBytes }) => chunkBytes === parent?.firstBlobBytes);
  if (kept !== undefined && parent !== undefined && parent.sizeBytes > kept.chunkBytes) {
    return kept.chunkBytes;
  }
  const bySize = CHUNK_BYTES.find(({ belowBytes }) => fileSizeBytes < belowBytes);
  return bySize?.chunkBytes ?? 64 * KIB;
}
