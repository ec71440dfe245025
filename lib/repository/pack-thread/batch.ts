import type { Id } from "../types.ts";
import type { BatchedBlob } from "./messages.ts";

/** Blobs on their way to the thread, side by side in memory that goes with them. */
export class Batch {
  readonly memory: ArrayBuffer;
  readonly blobs: BatchedBlob[] = [];
  readonly #bytes: Uint8Array;
  #usedBytes = 0;

  constructor(memory: ArrayBuffer) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory);
  }

  hasRoomFor(plaintext: Uint8Array): boolean {
    return this.#usedBytes + plaintext.byteLength <= this.#bytes.byteLength;
  }

  add(id: Id, plaintext: Uint8Array, level: number | undefined): void {
    const lengthBytes = plaintext.byteLength;
    this.#bytes.set(plaintext, this.#usedBytes);
    this.blobs.push({ id, offsetBytes: this.#usedBytes, lengthBytes, level });
    this.#usedBytes += lengthBytes;
  }
}
