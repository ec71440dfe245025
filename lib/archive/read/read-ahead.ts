/**
 * Goes on asking a source while its consumer is busy or waiting for something else, until `limitBytes` wait to be taken: so the
 * network delivers while the thread pool decompresses, and both while files are written.
 *
 * @param release - Called with each piece when the one after it is asked for.
 */
export async function* readAhead(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
  release?: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead = new Ahead(source, limitBytes);
  try {
    for (let next = await ahead.next(); next !== undefined; next = await ahead.next()) {
      yield next;
      release?.(next);
    }
  } finally {
    await ahead.close();
  }
}

class Ahead {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #limitBytes: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #isClosed = false;
  #wake: () => void = () => undefined;
  #reading: Promise<void> | undefined;

  constructor(source: AsyncIterable<Uint8Array>, limitBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#limitBytes = limitBytes;
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const next = this.#waiting.shift();
      this.#waitingBytes -= next?.length ?? 0;
      this.#readOn();
      if (next !== undefined) return next;
      if (this.#end !== undefined) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if ("error" in this.#end) throw this.#end.error;
    return undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    await this.#source.return?.();
  }

  #readOn(): void {
    if (this.#reading !== undefined || this.#end !== undefined || !this.#hasRoom()) return;
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      this.#wake();
    });
  }

  async #read(): Promise<void> {
    try {
      while (this.#hasRoom()) {
        const { value, done } = await this.#source.next();
        if (done === true) {
          this.#end = {};
          return;
        }
        this.#waiting.push(value);
        this.#waitingBytes += value.length;
        this.#wake();
      }
    } catch (error) {
      this.#end = { error };
    }
  }

  #hasRoom(): boolean {
    return !this.#isClosed && this.#waitingBytes < this.#limitBytes;
  }
}
