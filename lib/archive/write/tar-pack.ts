import { Readable } from "node:stream";
import type { EntryData, TarArchive } from "archiver";
import { BackupError } from "../../base/index.ts";
import type { TarEntry, TarLayout } from "./tar-entry.ts";

/** Small files are handed over without waiting for each; no more than this lies between archiver and us. */
const BATCH_BYTES = 256 * 1024;
const BATCH_ENTRIES = 64;

/** What archiver passes through to tar-stream besides what its types say. */
type TarEntryData = Omit<EntryData, "type" | "stats"> & {
  readonly type: TarEntry["type"];
  readonly linkname?: string | undefined;
  readonly pax?: Readonly<Record<string, string>> | undefined;
  readonly stats?: { readonly size: number } | undefined;
  readonly callback: () => void;
};

/**
 * archiver as a tar writer that is fed in step: at most a small batch of whole files, or one stream, is in it at a time, because its queue
 * keeps everything it is given. Links go through `append`: `symlink()` would change the target's backslashes.
 */
export class TarPack {
  readonly #archive: TarArchive;
  readonly #failure: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;
  #pendingEntries = 0;
  #pendingBytes = 0;
  #onDrained: (() => void) | undefined;

  /** @param onBytes - Is given the tar's bytes as they come; each chunk is its own until the call returns. */
  static async open(onBytes: (chunk: Buffer) => void): Promise<TarPack> {
    // Loaded when first needed: it costs a tenth of a second that listing and help need not pay.
    const { TarArchive } = await import("archiver");
    return new TarPack(new TarArchive(), onBytes);
  }

  private constructor(archive: TarArchive, onBytes: (chunk: Buffer) => void) {
    this.#archive = archive;
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => undefined);
    archive.on("error", (error) => this.#fail(error));
    archive.on("data", onBytes);
  }

  /** Takes an entry with its whole content; waits only when a batch is full. */
  async add(entry: TarEntry, layout: TarLayout, content: Uint8Array = EMPTY): Promise<void> {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    this.#append(buffer, entry, layout);
    if (this.#pendingBytes >= BATCH_BYTES || this.#pendingEntries >= BATCH_ENTRIES) {
      await this.drain();
    }
  }

  /** Takes a file whose content comes in chunks: exactly `entry.sizeBytes` of them in all. Waits until it is written. */
  async addStream(
    entry: TarEntry,
    layout: TarLayout,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await this.drain();
    const source = Readable.from(chunks, { objectMode: false, highWaterMark: BATCH_BYTES });
    // archiver listens to no source, so a failure there would hang or end the process.
    source.on("error", (error) => this.#fail(error));
    try {
      this.#append(source, entry, layout);
      await this.drain();
    } finally {
      source.destroy();
    }
  }

  /** Waits until everything taken has been written. */
  async drain(): Promise<void> {
    if (this.#pendingEntries === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    await Promise.race([drained, this.#failure]);
  }

  /** Writes the end of the archive. */
  async finish(): Promise<void> {
    await this.drain();
    const ended = new Promise<void>((resolve) => {
      this.#archive.once("end", resolve);
    });
    this.#archive.finalize().catch((error: unknown) => this.#fail(error));
    await Promise.race([ended, this.#failure]);
  }

  /** Gives everything up; whoever waits on it is failed with `reason`. */
  destroy(reason: unknown): void {
    this.#fail(reason ?? new BackupError("cancelled", "interrupted"));
    // Left to the garbage collector with the small batch that is in it: archiver throws, where nobody catches, when it hands on an entry
    // after `destroy()`, and in `abort()` itself for a tar without gzip.
    this.#archive.removeAllListeners("data");
  }

  #append(source: Buffer | Readable, entry: TarEntry, layout: TarLayout): void {
    const bytes = Buffer.isBuffer(source) ? source.length : 0;
    this.#pendingEntries += 1;
    this.#pendingBytes += bytes;
    const data: TarEntryData = {
      name: entry.name,
      type: entry.type,
      mode: entry.mode,
      date: new Date(layout.mtimeSeconds * 1000),
      linkname: entry.linkname,
      pax: layout.pax,
      // Makes archiver pass a stream on instead of collecting it.
      ...(Buffer.isBuffer(source) ? {} : { stats: { size: entry.sizeBytes } }),
      callback: () => {
        this.#pendingEntries -= 1;
        this.#pendingBytes -= bytes;
        if (this.#pendingEntries === 0) this.#onDrained?.();
      },
    };
    this.#archive.append(source, data as unknown as EntryData);
  }
}

const EMPTY = new Uint8Array(0);
