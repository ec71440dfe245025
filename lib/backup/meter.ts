import { createHash } from "node:crypto";

/** How many bytes went by, and their SHA-256. */
export interface Sent {
  readonly sizeBytes: number;
  /** 64 lowercase hex digits. */
  readonly sha256: string;
}

/** Counts and hashes a stream on its way to wherever it goes, so that what arrived can be held against what was sent. */
export class Meter {
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sent: Sent | undefined;

  async *measure(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.#sizeBytes += chunk.length;
      yield chunk;
    }
  }

  /** Once the stream has ended. */
  sent(): Sent {
    this.#sent ??= { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest("hex") };
    return this.#sent;
  }
}

export function sentOf(body: Uint8Array): Sent {
  return { sizeBytes: body.length, sha256: createHash("sha256").update(body).digest("hex") };
}
