import { BackupError } from "../../base/index.ts";
import { compressZstd, decompressZstdUpTo } from "../crypto/index.ts";

/** The first byte of a compressed file. */
const COMPRESSED = 2;
/** Index files are written seldom and read whole by every client: level 3 is zstd's own default, and restic's. */
const LEVEL = 3;
const BRACKETS = new Set([0x7b, 0x5b]);

/**
 * Encodes the JSON of an index, snapshot or lock for its place in the encrypted file.
 *
 * | first byte | then |
 * | --- | --- |
 * | `0x02` | one zstd frame |
 * | `{` or `[` | the rest of the JSON itself; the only form in repositories of version 1 |
 *
 * @see restic doc/design.rst, "Unpacked Data Format"
 */
export function encodeFile(json: Uint8Array, version: 1 | 2): Buffer {
  if (version === 1) return Buffer.from(json);
  return Buffer.concat([Buffer.of(COMPRESSED), compressZstd(json, LEVEL)]);
}

/**
 * Reverses {@link encodeFile}, for files of either version in a repository of either version: one that was upgraded holds both.
 * @param maxBytes - What the JSON may weigh.
 * @throws BackupError `data-corrupt`, `limit-exceeded`, `unsupported-format`
 */
export function decodeFile(encoded: Uint8Array, maxBytes: number): Buffer {
  const [first] = encoded;
  if (first === COMPRESSED) return decompressZstdUpTo(encoded.subarray(1), maxBytes);
  if (first === undefined) throw new BackupError("data-corrupt", "file is empty");
  if (!BRACKETS.has(first)) throw isUnknown(first);
  if (encoded.byteLength > maxBytes) {
    throw new BackupError("limit-exceeded", `file holds more than ${maxBytes} bytes`);
  }
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

function isUnknown(first: number): BackupError {
  return new BackupError(
    "unsupported-format",
    `file has encoding ${first}, known are 2 (zstd) and plain JSON`,
    { details: { found: first }, hint: "a newer program may have written it; update Clawback" },
  );
}
