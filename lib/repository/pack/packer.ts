import { BackupError, formatSize } from "../../base/index.ts";
import type { BlobType, Id, Sealer } from "../types.ts";
import { type EncodedBlob, encodeBlob } from "./blob.ts";
import {
  DEFAULT_PACK_BYTES,
  entryBytes,
  MAX_PACK_BYTES,
  MIN_PACK_BYTES,
  PACK_OVERHEAD_BYTES,
} from "./layout.ts";
import { type FinishedPack, PackBuilder } from "./pack-builder.ts";

export interface PackerOptions {
  /** No pack is larger, but those of a single blob that does not fit; 4 to 128 MiB. @default 16 MiB */
  readonly packBytes?: number | undefined;
}

export interface AddBlobOptions {
  /** Of zstd. @default 1 up to 16 KiB, 3 above */
  readonly level?: number | undefined;
}

/** Buffers that are kept for the next packs; as many as are usually under way. */
const MAX_SPARE = 4;

/**
 * Gathers blobs of one type into packs, synchronously.
 *
 * Data and trees need a packer each, because they may not share a pack. Each has **one** open pack. Restic has had two since
 * 0.18, and chooses one at random for each blob, against an observer of the storage who has given the machine a large file of his
 * own making: with one open pack he sees the sum of the lengths of some ten neighbouring chunks of it, which narrows down the
 * chunker's polynomial, and with that he could test whether other large files that he has are stored (restic/restic#5291). It
 * would not give him any content. A second open pack costs 16 MiB of memory, which is a good part of what a run may take on a
 * small machine, and stores every small snapshot in twice the packs. Most of what is stored here is database pages, whose cuts do
 * not depend on the polynomial, and small files, which are not cut at all and lie between the chunks in the order of the walk.
 */
export class Packer {
  readonly #type: BlobType;
  readonly #sealer: Sealer;
  readonly #packBytes: number;
  readonly #spare: Buffer[] = [];
  #open: PackBuilder | undefined;

  /** @throws BackupError `invalid-argument` for a pack size out of range */
  constructor(type: BlobType, sealer: Sealer, options: PackerOptions = {}) {
    this.#type = type;
    this.#sealer = sealer;
    this.#packBytes = resolvePackBytes(options.packBytes);
  }

  /**
   * Adds a blob. It is compressed and encrypted at once, so `plaintext` may be reused after.
   *
   * @param id - SHA-256 of `plaintext`; compared when the pack is finished.
   * @returns the pack that is finished by this, if any: the one that had no more room, or one for a blob that is too large for any
   * @throws BackupError `limit-exceeded` for a blob of more than 512 MiB; `internal` when the pack would not read back
   */
  add(id: Id, plaintext: Uint8Array, options: AddBlobOptions = {}): FinishedPack | undefined {
    const blob = encodeBlob(this.#type, id, plaintext, options.level);
    if (blob.lengthBytes + entryBytes(blob) + PACK_OVERHEAD_BYTES > this.#packBytes) {
      return this.#packAlone(blob);
    }
    if (this.#open?.hasRoomFor(blob)) {
      this.#open.add(blob);
      return undefined;
    }
    const full = this.finish();
    this.#open = new PackBuilder(this.#type, this.#sealer, this.#takeBuffer());
    this.#open.add(blob);
    return full;
  }

  /** Ends the open pack, if there is one. The packer may be used after. */
  finish(): FinishedPack | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open?.finish();
  }

  /**
   * Takes back the bytes of a pack that is stored, or the same memory after a transfer between threads, for a next pack. Nobody may
   * look at them any more.
   */
  giveBack(bytes: Uint8Array): void {
    const memory = bytes.buffer;
    if (memory.byteLength === this.#packBytes && this.#spare.length < MAX_SPARE) {
      this.#spare.push(Buffer.from(memory as ArrayBuffer));
    }
  }

  #takeBuffer(): Buffer {
    // Of its own, not from Node's pool: it is transferred between threads.
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#packBytes);
  }

  #packAlone(blob: EncodedBlob): FinishedPack {
    const sizeBytes = blob.lengthBytes + entryBytes(blob) + PACK_OVERHEAD_BYTES;
    const alone = new PackBuilder(this.#type, this.#sealer, Buffer.allocUnsafeSlow(sizeBytes));
    alone.add(blob);
    return alone.finish();
  }
}

function resolvePackBytes(packBytes: number = DEFAULT_PACK_BYTES): number {
  if (packBytes >= MIN_PACK_BYTES && packBytes <= MAX_PACK_BYTES) return packBytes;
  throw new BackupError(
    "invalid-argument",
    `pack size ${formatSize(packBytes)} is out of range: 4 to 128 MiB`,
  );
}
