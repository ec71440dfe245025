import { BackupError, formatSize, isBackupError, mapConcurrent } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import { type OpenedBlob, OpenThread } from "../open-thread/index.ts";
import { MAX_STORED_BLOB_BYTES, openBlob } from "../pack/index.ts";
import { objectKeyOf, shortId } from "../stored-file/index.ts";
import type { BlobHandle, IndexedBlob, Sealer } from "../types.ts";
import { type PackRange, planRanges } from "./ranges.ts";

export interface BlobLoaderOptions {
  readonly storage: ObjectStorage;
  readonly sealer: Sealer;
  readonly index: BlobIndex;
}

export interface LoadManyOptions extends CallOptions {
  /** How many ranges are read at once. Each takes up to 16 MiB of memory, or the size of one blob. @default 4 */
  readonly concurrency?: number | undefined;
  /** Opens blobs in a thread of its own, which stays the caller's. @default each when it is asked for, in the caller's thread */
  readonly thread?: OpenThread | undefined;
}

/** One of many: its content, or why there is none. */
export type LoadedBlob =
  | { readonly handle: BlobHandle; readonly bytes: Buffer }
  | { readonly handle: BlobHandle; readonly error: BackupError };

/** A part of a pack, or why it could not be read. */
type ReadBytes = { readonly bytes: Uint8Array } | { readonly error: BackupError };

const DEFAULT_CONCURRENCY = 4;

/**
 * Reads blobs, and gives out none whose content has not the hash that names it.
 *
 * One that is damaged or missing in one pack is read from another, where there is another. What then is left is damage, which is
 * never tried again.
 */
export class BlobLoader {
  readonly #storage: ObjectStorage;
  readonly #sealer: Sealer;
  readonly #index: BlobIndex;

  constructor({ storage, sealer, index }: BlobLoaderOptions) {
    this.#storage = storage;
    this.#sealer = sealer;
    this.#index = index;
  }

  /** @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded`; what the storage throws */
  async load(handle: BlobHandle, options: CallOptions = {}): Promise<Buffer> {
    const loaded = await this.#loadFrom(this.#index.places(handle), handle, options);
    if ("error" in loaded) throw loaded.error;
    return loaded.bytes;
  }

  /**
   * Reads many blobs, those that lie near to each other in one request; each once, however often it is asked for.
   *
   * They come **in the order in which they lie in packs**, not as asked for. One that cannot be read comes with its error, and
   * the others go on. All handles are held during the call, at some 300 bytes each: give the blobs of some files at a time.
   *
   * @throws BackupError what the storage throws, but for missing packs
   */
  async *loadMany(
    handles: Iterable<BlobHandle>,
    options: LoadManyOptions = {},
  ): AsyncGenerator<LoadedBlob, void, undefined> {
    const { concurrency: limit = DEFAULT_CONCURRENCY, signal, thread } = options;
    const places: IndexedBlob[] = [];
    for (const handle of handles) {
      const place = this.#index.find(handle);
      if (place === undefined) yield { handle, error: notIndexed(handle) };
      else places.push(place);
    }
    const read = (range: PackRange) => this.#readRange(range, { signal, thread });
    const ranges = mapConcurrent(planRanges(places), read, { limit, signal });
    for await (const { range, openAt } of ranges) {
      for (const [at, place] of range.blobs.entries()) {
        yield await this.#orElsewhere(place, openAt(at), { signal });
      }
    }
  }

  /** Reads a range; its blobs are opened at once where there is a thread for it, else each when it is asked for. */
  async #readRange(
    range: PackRange,
    { signal, thread }: LoadManyOptions,
  ): Promise<{ readonly range: PackRange; readonly openAt: (at: number) => OpenedBlob }> {
    const part = await this.#read(range, { signal });
    const { offsetBytes, blobs } = range;
    if (thread !== undefined && "bytes" in part && OpenThread.takes(range)) {
      const opened = await thread.open({ bytes: part.bytes, offsetBytes, blobs });
      return { range, openAt: (at) => inPack(blobs[at] as IndexedBlob, opened[at] as OpenedBlob) };
    }
    return { range, openAt: (at) => this.#open(blobs[at] as IndexedBlob, offsetBytes, part) };
  }

  async #orElsewhere(
    place: IndexedBlob,
    taken: OpenedBlob,
    options: CallOptions,
  ): Promise<LoadedBlob> {
    const handle: BlobHandle = { type: place.type, id: place.id };
    if ("bytes" in taken) return { handle, bytes: taken.bytes };
    const others = this.#index.places(handle).filter((other) => !isSamePlace(other, place));
    if (others.length === 0) return { handle, error: taken.error };
    const loaded = await this.#loadFrom(others, handle, options);
    return "error" in loaded ? { handle, error: taken.error } : loaded;
  }

  /** Tries one place after the other. What counts in the end is what is wrong at the first. */
  async #loadFrom(
    places: readonly IndexedBlob[],
    handle: BlobHandle,
    options: CallOptions,
  ): Promise<LoadedBlob> {
    let error: BackupError | undefined;
    for (const place of places) {
      const opened = this.#open(place, place.offsetBytes, await this.#read(place, options));
      if ("bytes" in opened) return { handle, bytes: opened.bytes };
      error ??= opened.error;
    }
    return { handle, error: error ?? notIndexed(handle) };
  }

  async #read(range: Omit<PackRange, "blobs">, { signal }: CallOptions): Promise<ReadBytes> {
    const { packId, offsetBytes, lengthBytes } = range;
    if (lengthBytes > MAX_STORED_BLOB_BYTES) return { error: tooLong(range) };
    const key = objectKeyOf("pack", packId);
    try {
      const wanted = { range: { offsetBytes, lengthBytes }, signal };
      return { bytes: await this.#storage.get(key, lengthBytes, wanted) };
    } catch (cause) {
      if (!isBackupError(cause, "storage-object-not-found")) throw cause;
      const message = `pack ${shortId(packId)} is missing`;
      return { error: new BackupError("data-missing", message, { details: { packId }, cause }) };
    }
  }

  #open(place: IndexedBlob, partOffsetBytes: number, part: ReadBytes): OpenedBlob {
    if ("error" in part) return part;
    const start = place.offsetBytes - partOffsetBytes;
    try {
      const stored = part.bytes.subarray(start, start + place.lengthBytes);
      return { bytes: openBlob(place, stored, this.#sealer) };
    } catch (cause) {
      if (!isBackupError(cause)) throw cause;
      return inPack(place, { error: cause });
    }
  }
}

/** Names the pack that a blob is damaged in. @throws what is not damage */
function inPack({ packId, offsetBytes }: IndexedBlob, opened: OpenedBlob): OpenedBlob {
  if (!("error" in opened)) return opened;
  const { error: cause } = opened;
  if (!isBackupError(cause, "data-corrupt", "limit-exceeded")) throw cause;
  const message = `pack ${shortId(packId)}: ${cause.message}`;
  const details = { ...cause.details, packId, offsetBytes };
  return { error: new BackupError(cause.code, message, { details, cause }) };
}

function isSamePlace(a: IndexedBlob, b: IndexedBlob): boolean {
  return a.packId === b.packId && a.offsetBytes === b.offsetBytes;
}

function tooLong({ packId, lengthBytes }: Omit<PackRange, "blobs">): BackupError {
  const message = `pack ${shortId(packId)}: a blob has ${formatSize(lengthBytes)}, at most are ${formatSize(MAX_STORED_BLOB_BYTES)}`;
  return new BackupError("limit-exceeded", message, { details: { packId, lengthBytes } });
}

function notIndexed({ type, id }: BlobHandle): BackupError {
  return new BackupError("data-missing", `${type} blob ${shortId(id)} stands in no index`, {
    details: { type, id },
    hint: "check the repository; if its index files are lost, they can be rebuilt from the packs",
  });
}
