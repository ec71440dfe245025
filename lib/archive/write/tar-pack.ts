import { Readable } from "node:stream";
import type { EntryData, TarArchive } from "archiver";
import { BackupError } from "../../base/index.ts";
import type { TarEntry, TarLayout } from "./tar-entry.ts";

/** Small files are handed over without waiting for each, copied here; no more than this lies between archiver and us. */
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

interface Waiting {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * archiver as a tar writer that is fed in step: at most a small batch of whole files, or one stream, is in it at a time, because its queue
 * keeps everything it is given. Links go through `append`: `symlink()` would change the target's backslashes.
 *
 * Nothing it was given is looked at any more once the tar's bytes have come out that hold it, which is how callers may reuse their buffers:
 * new memory for all that is read costs a backup of 540 MB a hundred garbage collections.
 */
export class TarPack {
  readonly #archive: TarArchive;
  readonly #waiting = new Set<Waiting>();
  #failure: { readonly error: unknown } | undefined;
  readonly #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchBytes = 0;
  #pendingEntries = 0;
  /** Of the tar: what has been ordered so far, and what has come out. */
  #orderedBytes = 0;
  #passedBytes = 0;
  #hasEnded = false;

  /** @param onBytes - Is given the tar's bytes as they come; each chunk is its own until the call returns. */
  static async open(onBytes: (chunk: Buffer) => void): Promise<TarPack> {
    // Loaded when first needed: it costs a tenth of a second that listing and help need not pay.
    const { TarArchive } = await import("archiver");
    return new TarPack(new TarArchive(), onBytes);
  }

  private constructor(archive: TarArchive, onBytes: (chunk: Buffer) => void) {
    this.#archive = archive;
    archive.on("error", (error) => this.#fail(error));
    archive.on("data", (chunk: Buffer) => {
      onBytes(chunk);
      this.#passedBytes += chunk.length;
      this.#advance();
    });
    archive.once("end", () => {
      this.#hasEnded = true;
      this.#advance();
    });
  }

  /** Takes an entry with its whole content, which is the caller's again when this resolves. Waits only when a batch is full. */
  async add(entry: TarEntry, layout: TarLayout, content: Uint8Array = EMPTY): Promise<void> {
    if (this.#batchBytes + content.length > BATCH_BYTES) await this.drain();
    if (content.length > BATCH_BYTES) {
      this.#append(bufferOf(content), entry, layout);
      return await this.drain();
    }
    const copy = this.#batch.subarray(this.#batchBytes, this.#batchBytes + content.length);
    copy.set(content);
    this.#batchBytes += content.length;
    this.#append(copy, entry, layout);
    if (this.#pendingEntries >= BATCH_ENTRIES) await this.drain();
  }

  /**
   * Takes a file whose content comes in chunks: exactly `entry.sizeBytes` of them in all. Waits until it is written; each chunk is written
   * before the next one is asked for.
   */
  async addStream(
    entry: TarEntry,
    layout: TarLayout,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await this.drain();
    const source = Readable.from(this.#inStep(chunks, this.#orderedBytes + layout.headerBytes), {
      objectMode: false,
      highWaterMark: BATCH_BYTES,
    });
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
    const orderedBytes = this.#orderedBytes;
    await this.#until(() => this.#pendingEntries === 0 && this.#passedBytes >= orderedBytes);
    this.#batchBytes = 0;
  }

  /** Writes the end of the archive. */
  async finish(): Promise<void> {
    await this.drain();
    this.#archive.finalize().catch((error: unknown) => this.#fail(error));
    await this.#until(() => this.#hasEnded);
  }

  /** Gives everything up; whoever waits on it is failed with `reason`. */
  destroy(reason: unknown): void {
    this.#fail(reason ?? new BackupError("cancelled", "interrupted"));
    // Left to the garbage collector with the small batch that is in it: archiver throws, where nobody catches, when it hands on an entry
    // after `destroy()`, and in `abort()` itself for a tar without gzip.
    this.#archive.removeAllListeners("data");
  }

  /** @param startBytes - Where in the tar the content begins. */
  async *#inStep(
    chunks: AsyncIterable<Uint8Array>,
    startBytes: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let expectedBytes = startBytes;
    for await (const chunk of chunks) {
      expectedBytes += chunk.length;
      yield chunk;
      const untilBytes = expectedBytes;
      await this.#until(() => this.#passedBytes >= untilBytes);
    }
  }

  async #until(isReached: () => boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (isReached()) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add({ isReached, resolve, reject });
    });
  }

  #advance(): void {
    for (const each of this.#waiting) {
      if (!each.isReached()) continue;
      this.#waiting.delete(each);
      each.resolve();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const each of this.#waiting) each.reject(this.#failure.error);
    this.#waiting.clear();
  }

  #append(source: Buffer | Readable, entry: TarEntry, layout: TarLayout): void {
    this.#pendingEntries += 1;
    this.#orderedBytes += layout.totalBytes;
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
        this.#advance();
      },
    };
    this.#archive.append(source, data as unknown as EntryData);
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const EMPTY = new Uint8Array(0);
