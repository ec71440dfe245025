import { createHash, hash } from "node:crypto";
import { assertNotCancelled } from "../../base/index.ts";

/** Files up to this size are read whole before their header is written, so that it can still be changed or left out. */
export const WHOLE_BYTES: number = 1024 * 1024;

export interface ReadOptions {
  readonly sizeBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Reads a small file whole, and no further than its announced size. */
export async function readWhole(
  chunks: AsyncIterable<Uint8Array>,
  { sizeBytes, signal }: ReadOptions,
): Promise<Uint8Array> {
  const content = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    assertNotCancelled(signal);
    const taken = chunk.subarray(0, sizeBytes - filled);
    content.set(taken, filled);
    filled += taken.length;
    if (filled === sizeBytes) break;
  }
  return content.subarray(0, filled);
}

export function sha256Of(content: Uint8Array): string {
  return hash("sha256", content, "hex");
}

/** What a stream turned out to hold. */
export interface Measured {
  readonly sha256: string;
  /** Bytes that came from the source; the rest up to the announced size is zeros. */
  readonly readBytes: number;
}

/** A stream of exactly the announced size: cut when the source gives more, filled with zeros when it gives less. */
export class ExactContent {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #options: ReadOptions;
  readonly #hash = createHash("sha256");
  #readBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** @param room - Waits until another chunk can be taken. */
  async *chunks(room: () => Promise<void>): AsyncGenerator<Uint8Array> {
    const { sizeBytes, signal } = this.#options;
    for await (const chunk of this.#source) {
      assertNotCancelled(signal);
      await room();
      const taken = chunk.subarray(0, sizeBytes - this.#readBytes);
      this.#hash.update(taken);
      this.#readBytes += taken.length;
      if (taken.length > 0) yield taken;
      if (this.#readBytes === sizeBytes) return;
    }
    yield* this.#padding(sizeBytes - this.#readBytes, room);
  }

  /** Once the chunks have been read to the end. */
  measured(): Measured {
    return { sha256: this.#hash.digest("hex"), readBytes: this.#readBytes };
  }

  async *#padding(bytes: number, room: () => Promise<void>): AsyncGenerator<Uint8Array> {
    const zeros = new Uint8Array(Math.min(bytes, 256 * 1024));
    for (let left = bytes; left > 0; left -= zeros.length) {
      await room();
      const chunk = zeros.subarray(0, left);
      this.#hash.update(chunk);
      yield chunk;
    }
  }
}
