import { BackupError } from "../base/index.ts";

/** Takes exact numbers of bytes from chunks cut anywhere. What it gives is valid until it is asked for more. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #subject: string;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** @param subject - What the bytes are, for messages. */
  constructor(chunks: AsyncIterable<Uint8Array>, subject: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#subject = subject;
  }

  /** What is here already. */
  get availableBytes(): number {
    return this.#chunk.length - this.#at;
  }

  /** The next `length` bytes, or undefined when not all of them are here yet: then `take` waits for them. */
  takeNow(length: number): Uint8Array | undefined {
    if (this.availableBytes < length) return undefined;
    this.#at += length;
    return this.#chunk.subarray(this.#at - length, this.#at);
  }

  /**
   * The next `length` bytes; undefined when there are none at all.
   * @throws BackupError `data-corrupt` when the source ends among them.
   */
  async take(length: number): Promise<Uint8Array | undefined> {
    const now = this.takeNow(length);
    if (now !== undefined) return now;
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const some = await this.takeSome(missing);
      if (some === undefined) {
        if (missing === length) return undefined;
        throw this.cutShort();
      }
      parts.push(Uint8Array.prototype.slice.call(some));
      missing -= some.length;
    }
    return Buffer.concat(parts, length);
  }

  /** Between 1 and `atMost` bytes, as they come; undefined at the end. */
  async takeSome(atMost: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
      this.#at = 0;
    }
    const end = Math.min(this.#at + atMost, this.#chunk.length);
    const some = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    return some;
  }

  /** @throws BackupError `data-corrupt` when there are fewer. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const some = await this.takeSome(left);
      if (some === undefined) throw this.cutShort();
      left -= some.length;
    }
  }

  /** Gives up the rest. */
  async close(): Promise<void> {
    this.#chunk = new Uint8Array(0);
    this.#at = 0;
    await this.#chunks.return?.();
  }

  /** The failure of bytes that end too early. */
  cutShort(): BackupError {
    return new BackupError("data-corrupt", `${this.#subject}: it ends in the middle`);
  }
}
