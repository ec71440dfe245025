import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { BackupError } from "../../base/index.ts";
import {
  type BlobType,
  type Id,
  type PackBlob,
  type PackContents,
  SEAL_OVERHEAD_BYTES,
  type Sealer,
} from "../types.ts";
import { type EncodedBlob, openBlob } from "./blob.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import {
  entryBytes,
  HEADER_LENGTH_BYTES,
  MAX_HEADER_BYTES,
  PACK_OVERHEAD_BYTES,
} from "./layout.ts";

/** A pack, ready to be stored. */
export interface FinishedPack {
  /** SHA-256 of `bytes`. */
  readonly packId: Id;
  /** A part of the buffer that the builder was given. */
  readonly bytes: Buffer;
  readonly contents: PackContents;
}

/**
 * Builds one pack of blobs of one type, in a buffer that decides how much it holds.
 *
 * | offset | length | field |
 * | --- | --- | --- |
 * | 0 | Σ lengths | the blobs, each encrypted by itself, without gaps |
 * | s − 4 − n | n | the header (`decodeHeader`), encrypted |
 * | s − 4 | 4 | n, little-endian |
 *
 * s is the size of the pack.
 *
 * @see restic doc/design.rst, "Pack Format"
 */
export class PackBuilder {
  readonly #type: BlobType;
  readonly #sealer: Sealer;
  readonly #buffer: Buffer;
  readonly #blobs: PackBlob[] = [];
  #blobsBytes = 0;
  #headerBytes = SEAL_OVERHEAD_BYTES;

  constructor(type: BlobType, sealer: Sealer, buffer: Buffer) {
    this.#type = type;
    this.#sealer = sealer;
    this.#buffer = buffer;
  }

  get isEmpty(): boolean {
    return this.#blobs.length === 0;
  }

  hasRoomFor(blob: EncodedBlob): boolean {
    const headerBytes = this.#headerBytes + entryBytes(blob);
    const sizeBytes = this.#blobsBytes + blob.lengthBytes + headerBytes + HEADER_LENGTH_BYTES;
    return sizeBytes <= this.#buffer.length && headerBytes <= MAX_HEADER_BYTES;
  }

  /** Encrypts a blob into the pack. The payload may be reused after. */
  add(blob: EncodedBlob): void {
    const { type, id, payload, lengthBytes, uncompressedBytes } = blob;
    if (type !== this.#type || !this.hasRoomFor(blob)) {
      throw new BackupError("internal", `${type} blob ${id} does not belong into this pack`);
    }
    this.#sealer.sealInto(payload, this.#buffer, this.#blobsBytes);
    this.#blobs.push({ type, id, offsetBytes: this.#blobsBytes, lengthBytes, uncompressedBytes });
    this.#blobsBytes += lengthBytes;
    this.#headerBytes += entryBytes(blob);
  }

  /**
   * Ends the pack, decodes all of it, and compares: once the sources are gone nothing else could tell that a bit fell over here.
   * The builder is not to be used after.
   *
   * @throws BackupError `internal` when what was written is not what was added: a fault of this machine's memory or of this program
   */
  finish(): FinishedPack {
    this.#sealer.sealInto(encodeHeader(this.#blobs), this.#buffer, this.#blobsBytes);
    const lengthAt = this.#blobsBytes + this.#headerBytes;
    this.#buffer.writeUInt32LE(this.#headerBytes, lengthAt);
    const bytes = this.#buffer.subarray(0, lengthAt + HEADER_LENGTH_BYTES);
    this.#verify(bytes);
    const packId = hash("sha256", bytes, "hex");
    return { packId, bytes, contents: { packId, blobs: this.#blobs } };
  }

  #verify(bytes: Buffer): void {
    try {
      const header = this.#sealer.open(bytes.subarray(this.#blobsBytes, -HEADER_LENGTH_BYTES));
      const listed = decodeHeader(header, bytes.length - PACK_OVERHEAD_BYTES - header.length);
      if (!isDeepStrictEqual(listed, this.#blobs)) throw new Error("the header lists other blobs");
      for (const blob of listed) {
        const { offsetBytes, lengthBytes } = blob;
        openBlob(blob, bytes.subarray(offsetBytes, offsetBytes + lengthBytes), this.#sealer);
      }
    } catch (error) {
      throw notStored(error);
    }
  }
}

function notStored(cause: unknown): BackupError {
  const what = cause instanceof Error ? cause.message : "it cannot be decoded";
  return new BackupError("internal", `pack would not read back, nothing was stored: ${what}`, {
    hint: "try again, and test this machine's memory if it happens twice",
    cause,
  });
}
