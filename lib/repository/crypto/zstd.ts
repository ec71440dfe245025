import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BackupError, systemCode } from "../../base/index.ts";
import { compressKept, decompressKept } from "./kept-zstd.ts";

/** `chunkSize` of zlib has this minimum. */
const MIN_CHUNK_BYTES = 64;

/**
 * Compresses into one zstd frame without checksum that states its content's size, as restic's encoder does. Synchronous, for use
 * where blobs are made: the asynchronous calls cost four times the time for pieces of this size.
 *
 * @param level - 1 (fastest) to 22.
 */
export function compressZstd(plaintext: Uint8Array, level: number): Buffer {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 0,
    [constants.ZSTD_c_contentSizeFlag]: 1,
  };
  return (
    compressKept(plaintext, level, { params }) ??
    zstdCompressSync(plaintext, { pledgedSrcSize: plaintext.byteLength, params })
  );
}

/**
 * Decompresses a frame whose content is known to have `expectedBytes`, and allocates no more than that for it, whatever the frame
 * says.
 * @throws BackupError `data-corrupt` when it is no frame, is cut off, or holds more or less
 */
export function decompressZstd(frame: Uint8Array, expectedBytes: number): Buffer {
  const plaintext = decompressKept(frame, expectedBytes) ?? decompressAtMost(frame, expectedBytes);
  if (plaintext.byteLength === expectedBytes) return plaintext;
  throw isDamaged(`it holds ${plaintext.byteLength} bytes, expected are ${expectedBytes}`);
}

/**
 * Decompresses a frame whose content's size is not known beforehand.
 * @throws BackupError `data-corrupt` when it is no frame, is cut off, or holds more than `maxBytes`
 */
export function decompressZstdUpTo(frame: Uint8Array, maxBytes: number): Buffer {
  return decompressAtMost(frame, maxBytes);
}

function decompressAtMost(frame: Uint8Array, maxBytes: number): Buffer {
  try {
    return zstdDecompressSync(frame, {
      // Zero is taken for "no limit"; that one byte more is found by the caller.
      maxOutputLength: Math.max(1, maxBytes),
      chunkSize: Math.max(MIN_CHUNK_BYTES, Math.min(maxBytes, 64 * 1024)),
    });
  } catch (error) {
    const isTooLarge = systemCode(error) === "ERR_BUFFER_TOO_LARGE";
    throw isDamaged(isTooLarge ? `it holds more than ${maxBytes} bytes` : "it is no frame", error);
  }
}

function isDamaged(what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `compressed data is damaged: ${what}`, { cause });
}
