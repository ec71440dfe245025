import { randomBytes } from "node:crypto";
import type { BlobType, PackContents } from "../../../../lib/repository/types.ts";

/** A pack that is not there, with so many blobs. */
export function somePack(blobs: number, type: BlobType = "data"): PackContents {
  let offsetBytes = 0;
  return {
    packId: randomBytes(32).toString("hex"),
    blobs: Array.from({ length: blobs }, (_, i) => {
      const lengthBytes = 100 + i;
      offsetBytes += lengthBytes;
      return {
        type,
        id: randomBytes(32).toString("hex"),
        offsetBytes: offsetBytes - lengthBytes,
        lengthBytes,
        uncompressedBytes: i % 2 === 0 ? 500 + i : undefined,
      };
    }),
  };
}
