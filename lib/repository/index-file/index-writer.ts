import { type Clock, MINUTE_MS } from "../../base/index.ts";
import type { Id, PackContents } from "../types.ts";
import { encodeIndex } from "./encode-index.ts";

/** Restic's: about 8 MB of JSON. */
const MAX_BLOBS = 50_000;
const MAX_AGE_MS = 10 * MINUTE_MS;

export interface IndexWriterOptions {
  /** Stores the JSON of an index file. */
  readonly saveIndex: (json: Uint8Array) => Promise<Id>;
  readonly clock: Clock;
}

/**
 * Gathers the contents of stored packs into index files: one for 50,000 blobs, or for what was stored in ten minutes, so that a
 * first backup that is killed after hours does not start anew. All blobs of a pack come into one file, which may therefore hold
 * more than 50,000.
 *
 * Only packs whose upload has ended may be added: an index never names a pack that is not there.
 */
export class IndexWriter {
  readonly #options: IndexWriterOptions;
  #packs: PackContents[] = [];
  #blobs = 0;
  #startedMs = 0;

  constructor(options: IndexWriterOptions) {
    this.#options = options;
  }

  /** Adds a pack, and writes a file when enough has come together. Concurrent calls write different packs. */
  async add(contents: PackContents): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#packs.length === 0) this.#startedMs = nowMs;
    this.#packs.push(contents);
    this.#blobs += contents.blobs.length;
    if (this.#blobs >= MAX_BLOBS || nowMs - this.#startedMs >= MAX_AGE_MS) await this.flush();
  }

  /** Writes a file of what is not written yet, if there is anything. */
  async flush(): Promise<void> {
    if (this.#packs.length === 0) return;
    const json = encodeIndex(this.#packs);
    this.#packs = [];
    this.#blobs = 0;
    await this.#options.saveIndex(json);
  }
}
