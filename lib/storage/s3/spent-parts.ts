/**
 * Gives the memory of parts back as soon as they have been sent. Left to the garbage collector, which counts what it finds and not what it
 * would free, three or four spent parts wait for it at any time.
 *
 * `Upload` makes a buffer for each part that also holds the beginning of the next one, until that is made: so a buffer is free when its part was
 * sent and the next part, in a buffer of its own, has begun. The last part may lie in the buffer of the one before.
 */
export class SpentParts {
  /** By buffer: how many parts in it are being sent. */
  readonly #busy = new Map<ArrayBufferLike, number>();
  #newest: ArrayBufferLike | undefined;

  begin({ buffer }: Uint8Array): void {
    const before = this.#newest;
    this.#newest = buffer;
    this.#busy.set(buffer, (this.#busy.get(buffer) ?? 0) + 1);
    if (before !== undefined) this.#free(before);
  }

  /** To be called once the part will not be sent again. */
  end({ buffer }: Uint8Array): void {
    this.#busy.set(buffer, (this.#busy.get(buffer) ?? 1) - 1);
    this.#free(buffer);
  }

  #free(buffer: ArrayBufferLike): void {
    if (buffer === this.#newest || this.#busy.get(buffer) !== 0) return;
    this.#busy.delete(buffer);
    if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}
