import { BackupError } from "../../base/index.ts";
import { type BlobType, type PackBlob, SEAL_OVERHEAD_BYTES } from "../types.ts";
import { entryBytes } from "./layout.ts";

const ID_BYTES = 32;

/** By the number that stands in an entry. */
const ENTRY_TYPES: readonly { readonly type: BlobType; readonly isCompressed: boolean }[] = [
  { type: "data", isCompressed: false },
  { type: "tree", isCompressed: false },
  { type: "data", isCompressed: true },
  { type: "tree", isCompressed: true },
];

/** Encodes the plaintext of a header as {@link decodeHeader} describes it. Offsets are not written: they follow from the order. */
export function encodeHeader(blobs: readonly PackBlob[]): Buffer {
  const header = Buffer.allocUnsafe(blobs.reduce((sum, blob) => sum + entryBytes(blob), 0));
  let at = 0;
  for (const { type, id, lengthBytes, uncompressedBytes } of blobs) {
    const isCompressed = uncompressedBytes !== undefined;
    at = header.writeUInt8((type === "tree" ? 1 : 0) + (isCompressed ? 2 : 0), at);
    at = header.writeUInt32LE(lengthBytes, at);
    if (isCompressed) at = header.writeUInt32LE(uncompressedBytes, at);
    at += header.write(id, at, "hex");
  }
  return header;
}

/**
 * Decodes the plaintext of a header: entries without gaps, in the order of the blobs.
 *
 * | offset | length | field |
 * | --- | --- | --- |
 * | 0 | 1 | 0 data, 1 tree; 2 data, 3 tree, both compressed |
 * | 1 | 4 | stored length, little-endian, with 32 bytes of encryption |
 * | 5 | 4 | length of the plaintext, little-endian; **compressed blobs only** |
 * | 5 or 9 | 32 | id |
 *
 * @param blobsBytes - Of the pack before its header; the blobs have to fill it exactly.
 * @throws BackupError `data-corrupt`
 * @see restic doc/design.rst, "Pack Format"
 */
export function decodeHeader(plaintext: Uint8Array, blobsBytes: number): PackBlob[] {
  const header = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  const blobs: PackBlob[] = [];
  let offsetBytes = 0;
  for (let at = 0; at < header.length; ) {
    const blob = decodeEntry(header, at, offsetBytes);
    offsetBytes += blob.lengthBytes;
    if (offsetBytes > blobsBytes) break;
    at += entryBytes(blob);
    blobs.push(blob);
  }
  if (blobs.length === 0) throw damaged("it lists no blob that fits the pack");
  if (offsetBytes !== blobsBytes) {
    throw damaged(`it lists blobs of ${offsetBytes} bytes, the pack has ${blobsBytes}`);
  }
  return blobs;
}

function decodeEntry(header: Buffer, start: number, offsetBytes: number): PackBlob {
  const kind = ENTRY_TYPES[header[start] as number];
  if (kind === undefined) {
    throw damaged(`an entry has type ${header[start]}, known are 0 to ${ENTRY_TYPES.length - 1}`);
  }
  const { type, isCompressed } = kind;
  const idStart = start + (isCompressed ? 9 : 5);
  if (idStart + ID_BYTES > header.length) {
    throw damaged(`its last entry is cut short after ${header.length - start} bytes`);
  }
  const lengthBytes = header.readUInt32LE(start + 1);
  if (lengthBytes < SEAL_OVERHEAD_BYTES) {
    throw damaged(`a blob has ${lengthBytes} bytes, its encryption alone has 32`);
  }
  const uncompressedBytes = isCompressed ? header.readUInt32LE(start + 5) : undefined;
  if (uncompressedBytes === 0) throw damaged("a compressed blob has no bytes");
  const id = header.toString("hex", idStart, idStart + ID_BYTES);
  return { type, id, offsetBytes, lengthBytes, uncompressedBytes };
}

function damaged(what: string): BackupError {
  return new BackupError("data-corrupt", `pack header is damaged: ${what}`);
}
