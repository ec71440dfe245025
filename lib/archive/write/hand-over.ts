import { BackupError } from "../../base/index.ts";

/**
 * Hands values from a producer that cannot wait in the middle of its work to a consumer: `push` always takes the value, `room` tells the
 * producer when to go on.
 */
export class HandOver<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #values: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #isAbandoned = false;
  #wake: (() => void) | undefined;
  #makeRoom: (() => void) | undefined;

  /** @param limit - How many values may wait before the producer should. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /**
   * Waits until fewer values than the limit are waiting.
   * @throws BackupError `cancelled` when the consumer has left.
   */
  async room(): Promise<void> {
    while (this.#values.length >= this.#limit && !this.#isAbandoned) {
      await new Promise<void>((resolve) => {
        this.#makeRoom = resolve;
      });
    }
    if (this.#isAbandoned) throw new BackupError("cancelled", "nobody takes the archive any more");
  }

  /** No more values come; with an error, the consumer gets it after the values. */
  end(failure?: { readonly error: unknown }): void {
    this.#end ??= failure ?? {};
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      yield* this.#take();
    } finally {
      this.#isAbandoned = true;
      this.#makeRoom?.();
    }
  }

  async *#take(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#values.length > 0) {
        const value = this.#values.shift() as T;
        this.#makeRoom?.();
        yield value;
      }
      if (this.#end !== undefined) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if ("error" in this.#end) throw this.#end.error;
  }
}
