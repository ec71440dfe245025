import { BackupError, type ConcurrencyOptions, MIB, mapConcurrent } from "../../base/index.ts";
import type { BlobLoader, LoadedBlob } from "../blob-store/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import type { OpenThread } from "../open-thread/index.ts";
import { type Id, SEAL_OVERHEAD_BYTES } from "../types.ts";
import type { FileContent } from "./files.ts";

export interface WindowOptions {
  readonly loader: Pick<BlobLoader, "loadMany">;
  readonly index: Pick<BlobIndex, "find">;
  readonly signal?: AbortSignal | undefined;
  /** Opens blobs beside this thread. */
  readonly thread?: OpenThread | undefined;
}

/**
 * Content of one window, or one blob. With {@link WINDOWS_AT_ONCE} it bounds the memory: 16 MiB, the current one with them, and at most as much again
 * for what is not decoded yet.
 */
const WINDOW_BYTES: number = 4 * MIB;
/** A window costs one request where its blobs lie side by side, which is usual. */
const WINDOWS_AT_ONCE = 3;
/** Where a window lies in several packs, as in a file of which only parts changed from one snapshot to the next. */
const RANGES_AT_ONCE = 2;

type Loaded = ReadonlyMap<Id, LoadedBlob>;

/** The blobs of files in their order, loaded some way ahead. */
export interface BlobWindows {
  /** The next blob, when it is loaded already. @throws BackupError why it cannot be read */
  takeNow(id: Id): Buffer | undefined;
  /** The same, and waits for it. */
  take(id: Id): Promise<Buffer>;
  /** Passes over the next blob. */
  skip(): Promise<void>;
  close(): Promise<void>;
}

/** What is wanted next: blobs in order, as often as files hold them. */
interface Window {
  readonly ids: readonly Id[];
}

export function readWindows(files: Iterable<FileContent>, options: WindowOptions): BlobWindows {
  const { loader, signal, thread } = options;
  const load = async ({ ids }: Window): Promise<{ blobs: Loaded; count: number }> => {
    const blobs = new Map<Id, LoadedBlob>();
    const handles = [...new Set(ids)].map((id) => ({ type: "data" as const, id }));
    const loading = { concurrency: RANGES_AT_ONCE, signal, thread };
    for await (const loaded of loader.loadMany(handles, loading)) {
      blobs.set(loaded.handle.id, loaded);
    }
    return { blobs, count: ids.length };
  };
  const limits: ConcurrencyOptions = { limit: WINDOWS_AT_ONCE, signal };
  return new Windows(mapConcurrent(windowsOf(files, options.index), load, limits));
}

function* windowsOf(
  files: Iterable<FileContent>,
  index: WindowOptions["index"],
): Generator<Window, void, undefined> {
  let ids: Id[] = [];
  let bytes = 0;
  for (const { content } of files) {
    for (const id of content) {
      const size = sizeOf(id, index);
      if (bytes + size > WINDOW_BYTES && ids.length > 0) {
        yield { ids };
        ids = [];
        bytes = 0;
      }
      ids.push(id);
      bytes += size;
    }
  }
  if (ids.length > 0) yield { ids };
}

function sizeOf(id: Id, index: WindowOptions["index"]): number {
  const place = index.find({ type: "data", id });
  if (place === undefined) return 0;
  return place.uncompressedBytes ?? place.lengthBytes - SEAL_OVERHEAD_BYTES;
}

class Windows implements BlobWindows {
  readonly #windows: AsyncGenerator<{ readonly blobs: Loaded; readonly count: number }>;
  #blobs: Loaded = new Map();
  /** Blobs of the current window that were not taken yet. */
  #left = 0;

  constructor(windows: AsyncGenerator<{ readonly blobs: Loaded; readonly count: number }>) {
    this.#windows = windows;
  }

  takeNow(id: Id): Buffer | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    const loaded = this.#blobs.get(id);
    if (loaded === undefined) throw new BackupError("internal", `blob ${id} was not asked for`);
    if ("error" in loaded) throw loaded.error;
    return loaded.bytes;
  }

  async take(id: Id): Promise<Buffer> {
    await this.#fill();
    return this.takeNow(id) as Buffer;
  }

  async skip(): Promise<void> {
    if (this.#left === 0) await this.#fill();
    this.#left--;
  }

  async close(): Promise<void> {
    await this.#windows.return(undefined);
  }

  async #fill(): Promise<void> {
    if (this.#left > 0) return;
    // What was read is let go before the next is waited for.
    this.#blobs = new Map();
    const { done, value } = await this.#windows.next();
    if (done === true) throw new BackupError("internal", "more blobs were taken than files hold");
    this.#blobs = value.blobs;
    this.#left = value.count;
  }
}
