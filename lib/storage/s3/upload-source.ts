import { createHash } from "node:crypto";
import { MIB } from "../../base/index.ts";
import { untilCancelled } from "../streams.ts";
import { assertFits } from "./part-size.ts";

/** `Upload` joins what it gets until a part is full; from larger pieces it would make copies of two parts' size. */
const PIECE_BYTES = MIB;

/** The source of an upload: counts and hashes what passes, and cuts it into pieces. */
export class UploadSource {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #partSizeBytes: number;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sha256: string | undefined;

  constructor(body: AsyncIterable<Uint8Array>, partSizeBytes: number) {
    this.#body = body;
    this.#partSizeBytes = partSizeBytes;
  }

  /** What has passed; to be asked after the last piece. */
  get content(): { readonly sizeBytes: number; readonly sha256: string } {
    this.#sha256 ??= this.#hash.digest("hex");
    return { sizeBytes: this.#sizeBytes, sha256: this.#sha256 };
  }

  /** Gives the pieces, once, until the end or until `signal` is aborted. */
  async *pieces(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    for await (const chunk of untilCancelled(this.#body, signal)) {
      this.#sizeBytes += chunk.byteLength;
      assertFits(this.#sizeBytes, this.#partSizeBytes);
      this.#hash.update(chunk);
      for (let start = 0; start < chunk.byteLength; start += PIECE_BYTES) {
        yield chunk.subarray(start, start + PIECE_BYTES);
      }
    }
  }
}
