import { BackupError } from "../../base/index.ts";
import type { TarReader } from "./tar-reader.ts";

/** So that what a content is can be told from its first chunk. */
const FIRST_CHUNK_BYTES = 4096;

/** An entry's content: read once, while its entry is the current one. */
export class EntryBody implements AsyncIterable<Uint8Array> {
  readonly #tar: TarReader;
  #state: "current" | "read" | "past" = "current";

  constructor(tar: TarReader) {
    this.#tar = tar;
  }

  /** The reader has moved on. */
  pass(): void {
    this.#state = "past";
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#state === "read") return;
    for (let atLeast = FIRST_CHUNK_BYTES; ; atLeast = 1) {
      if (this.#state === "past") {
        throw new BackupError("internal", "archive: a content was read after the next entry");
      }
      const chunk = await this.#tar.read(atLeast);
      if (chunk === undefined) break;
      yield chunk;
    }
    this.#state = "read";
  }
}
