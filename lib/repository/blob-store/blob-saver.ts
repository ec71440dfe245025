import { hash } from "node:crypto";
import type { Clock } from "../../base/index.ts";
import type { ObjectStorage } from "../../storage/index.ts";
import { type BlobIndex, IndexWriter } from "../index-file/index.ts";
import {
  type AddBlobOptions,
  type FinishedPack,
  Packer,
  type PackerOptions,
} from "../pack/index.ts";
import { PackThread } from "../pack-thread/index.ts";
import {
  type BlobHandle,
  type BlobType,
  type Id,
  type MasterKey,
  type PackContents,
  SEAL_OVERHEAD_BYTES,
  type Sealer,
} from "../types.ts";
import { PackUploader } from "./pack-uploader.ts";

export interface BlobSaverOptions extends PackerOptions {
  readonly storage: ObjectStorage;
  readonly sealer: Sealer;
  /** What is stored already; gets every pack when it is stored. */
  readonly index: BlobIndex;
  /** Stores the JSON of an index file. */
  readonly saveIndex: (json: Uint8Array) => Promise<Id>;
  readonly clock: Clock;
  /** How many packs are stored at once; each takes its size in memory. @default 3 */
  readonly uploads?: number | undefined;
  /**
   * Data is packed in a thread of its own from the second pack on: whoever stores less would wait for the thread to start. Takes some
   * 40 MB more. @default all is packed by the caller's thread
   */
  readonly threadKey?: MasterKey | undefined;
  /** Breaks off what is under way. */
  readonly signal?: AbortSignal | undefined;
}

export interface SaveBlobOptions extends AddBlobOptions {
  /** SHA-256 of the content, when it is known. @default computed */
  readonly id?: Id | undefined;
}

export interface SavedBlob {
  readonly id: Id;
  /** False for one that the repository has, or will have from this run. */
  readonly isNew: boolean;
}

/** What was stored, for a snapshot's summary. Counts when a pack is stored. */
export interface SavedTotals {
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Of the plaintext. */
  readonly addedBytes: number;
  /** As stored, without the headers of packs. */
  readonly packedBytes: number;
}

const DEFAULT_UPLOADS = 3;

/**
 * Saves blobs: each once, in packs of one type, then the index files that name them.
 *
 * **Memory**: one open pack for each type, those under way, and one for each caller that waits; with a thread, one and a few batches more. **Order**: packs, then indexes.
 * Nothing may refer to a blob before {@link BlobSaver.flush} has come back. **Failure**: the first one is thrown by every later
 * call; what was stored by then and stands in no index harms nobody. A call that fails does not wait for what else is under way;
 * disposing does (`await using`). Calls may overlap.
 */
export class BlobSaver implements AsyncDisposable {
  readonly #index: BlobIndex;
  readonly #packers: Readonly<Record<BlobType, Packer>>;
  readonly #uploader: PackUploader;
  readonly #indexWriter: IndexWriter;
  readonly #options: BlobSaverOptions;
  /** Where data is packed after the first pack. */
  #thread: PackThread | undefined;
  /** In open packs or under way. */
  readonly #pending: Readonly<Record<BlobType, Set<Id>>> = { data: new Set(), tree: new Set() };
  #totals: SavedTotals = { dataBlobs: 0, treeBlobs: 0, addedBytes: 0, packedBytes: 0 };

  constructor(options: BlobSaverOptions) {
    const { storage, sealer, index, saveIndex, clock, uploads = DEFAULT_UPLOADS, signal } = options;
    this.#options = options;
    this.#index = index;
    this.#packers = {
      data: new Packer("data", sealer, options),
      tree: new Packer("tree", sealer, options),
    };
    this.#indexWriter = new IndexWriter({ saveIndex, clock });
    this.#uploader = new PackUploader({
      storage,
      limit: uploads,
      signal,
      onStored: async ({ contents }) => {
        this.#settle(contents);
        await this.#indexWriter.add(contents);
      },
    });
  }

  get totals(): SavedTotals {
    return this.#totals;
  }

  /**
   * Saves a blob unless the repository has it. Returns once there is room for more, not when it is stored.
   *
   * @param plaintext - May be reused as soon as the call has returned its promise.
   */
  async save(
    type: BlobType,
    plaintext: Uint8Array,
    options: SaveBlobOptions = {},
  ): Promise<SavedBlob> {
    const id = options.id ?? hash("sha256", plaintext, "hex");
    this.#uploader.assertWorks();
    if (!this.#reserve({ type, id })) return { id, isNew: false };
    await this.#orFail(() => this.#pack({ type, id }, plaintext, options));
    return { id, isNew: true };
  }

  /**
   * Stores everything that is still open, and the index of it. After that, every blob saved so far may be referred to.
   * @throws BackupError the first failure of any upload
   */
  async flush(): Promise<void> {
    await this.#orFail(async () => {
      for (const type of ["data", "tree"] as const) {
        await this.#upload(type, this.#packers[type].finish());
      }
      await this.#thread?.finish();
      await this.#uploader.drain();
      await this.#indexWriter.flush();
    });
  }

  /** Breaks off what is under way; after a flush there is nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploader[Symbol.asyncDispose]();
    await this.#thread?.[Symbol.asyncDispose]();
  }

  /** Claims a blob, so that it is packed once. @returns false when the repository has it, or it was claimed before */
  #reserve({ type, id }: BlobHandle): boolean {
    const pending = this.#pending[type];
    if (pending.has(id) || this.#index.has({ type, id })) return false;
    pending.add(id);
    return true;
  }

  /** Copies the plaintext, or is done with it, before the first wait. */
  async #pack(
    { type, id }: BlobHandle,
    plaintext: Uint8Array,
    options: AddBlobOptions,
  ): Promise<void> {
    if (type === "data" && this.#thread !== undefined) {
      return await this.#thread.add(id, plaintext, options);
    }
    const pack = this.#packers[type].add(id, plaintext, options);
    if (pack !== undefined && type === "data") this.#startThread();
    await this.#upload(type, pack);
  }

  #startThread(): void {
    const { threadKey: masterKey, packBytes } = this.#options;
    if (masterKey === undefined) return;
    this.#thread ??= new PackThread({
      type: "data",
      masterKey,
      packBytes,
      onPack: (pack, release) => this.#uploader.upload(pack, release),
    });
  }

  async #upload(type: BlobType, pack: FinishedPack | undefined): Promise<void> {
    if (pack === undefined) return;
    await this.#uploader.upload(pack, () => {
      // Once there is a thread, the memory would lie here unused.
      if (type === "tree" || this.#thread === undefined) this.#packers[type].giveBack(pack.bytes);
    });
  }

  /** A blob that was claimed and got lost on the way would be taken for stored by the next who has it. */
  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#uploader.fail(error);
      throw error;
    }
  }

  #settle(contents: PackContents): void {
    this.#index.addPack(contents);
    const totals = { ...this.#totals };
    for (const { type, id, lengthBytes, uncompressedBytes } of contents.blobs) {
      this.#pending[type].delete(id);
      totals[type === "data" ? "dataBlobs" : "treeBlobs"] += 1;
      totals.addedBytes += uncompressedBytes ?? lengthBytes - SEAL_OVERHEAD_BYTES;
      totals.packedBytes += lengthBytes;
    }
    this.#totals = totals;
  }
}
