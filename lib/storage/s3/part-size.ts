import { BackupError, formatSize, MIB } from "../../base/index.ts";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;
const LARGEST_PART_BYTES = 5 * 1024 * MIB;
/** The least that S3 takes. Up to five parts are in memory during an upload, and requests are cheap. */
const SMALLEST_PART_BYTES = 5 * MIB;
/** Without an estimate: 78 GiB in all. */
const UNKNOWN_PART_BYTES = 8 * MIB;
/** Estimates are made before compression and encryption; leave them room to be wrong. */
const ROOM = 1.5;

/**
 * Chooses the size of all parts of an upload: 5 MiB up to 32 GiB expected, then as large as the 10,000-part limit demands.
 * Parts are equal, as R2 wants them and as `Upload` sends them, so the size cannot grow on the way.
 */
export function choosePartSize(estimatedSizeBytes: number | undefined): number {
  if (estimatedSizeBytes === undefined) return UNKNOWN_PART_BYTES;
  const needed = Math.ceil((estimatedSizeBytes * ROOM) / MAX_PARTS / MIB) * MIB;
  return Math.min(Math.max(needed, SMALLEST_PART_BYTES), LARGEST_PART_BYTES);
}

/**
 * Refuses a stream that does not fit into the parts that are left for it.
 * @throws BackupError `limit-exceeded`
 */
export function assertFits(sizeBytes: number, partSizeBytes: number): void {
  const maxBytes = partSizeBytes * MAX_PARTS;
  if (sizeBytes <= maxBytes) return;
  throw new BackupError(
    "limit-exceeded",
    `the stream has more than the ${formatSize(maxBytes)} that ${MAX_PARTS} parts of ${formatSize(partSizeBytes)} hold`,
    {
      details: { sizeBytes, maxBytes },
      hint: "give a larger estimate of its size, so that larger parts are chosen",
    },
  );
}
