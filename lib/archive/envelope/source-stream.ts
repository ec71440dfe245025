/**
 * A source of bytes that can be looked at from its beginning before it is read, and that remembers its own failure: OpenPGP.js wraps
 * errors, and a lost connection must not pass for a damaged message.
 */
export class SourceStream implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #head: Uint8Array = new Uint8Array(0);
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** What the source threw, if it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The first bytes: at least `length`, or all there are. They are read again by `stream`. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#head.length < length && !this.#hasEnded) {
      const next = await this.#next();
      if (next !== undefined) this.#head = Buffer.concat([this.#head, next]);
    }
    return this.#head;
  }

  /** Everything, for one reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = await this.#takeHeadOrNext();
      if (next === undefined) return;
      yield next;
    }
  }

  /** Everything, as a web stream that reads only when it is read from. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const next = await this.#takeHeadOrNext();
          if (next === undefined) controller.close();
          else controller.enqueue(next);
        },
        cancel: async () => await this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#chunks.return?.();
  }

  async #takeHeadOrNext(): Promise<Uint8Array | undefined> {
    if (this.#head.length === 0) return await this.#next();
    const head = this.#head;
    this.#head = new Uint8Array(0);
    return head;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#hasEnded) return undefined;
    try {
      // An empty chunk would end a web stream's reader early.
      for (;;) {
        const next = await this.#chunks.next();
        this.#hasEnded = next.done === true;
        if (next.done === true) return undefined;
        if (next.value.length > 0) return next.value;
      }
    } catch (error) {
      this.#hasEnded = true;
      this.#failure = { error };
      throw error;
    }
  }
}
