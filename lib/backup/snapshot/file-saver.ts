import {
  type BlobIndex,
  type BlobSaver,
  Chunker,
  type Id,
  MAX_CHUNK_BYTES,
  MIN_CHUNK_BYTES,
  type Node,
  pageChunkBytes,
  SEAL_OVERHEAD_BYTES,
} from "../../repository/index.ts";

/** A file's content as it was stored. */
export interface SavedContent {
  readonly content: readonly Id[];
  readonly sizeBytes: number;
}

/** Cuts files into blobs and saves those that the repository lacks. One file at a time. */
export class FileSaver {
  readonly #saver: BlobSaver;
  readonly #index: BlobIndex;
  readonly #chunker: Chunker;
  /** The beginning of a blob whose end has not been read yet; made when the first large file comes. */
  #open: Buffer | undefined;
  #openBytes = 0;

  constructor(saver: BlobSaver, index: BlobIndex, polynomial: bigint) {
    this.#saver = saver;
    this.#index = index;
    this.#chunker = new Chunker(polynomial);
  }

  /** Saves an ordinary file where restic would cut it. Pieces are used up when the next one is asked for. */
  async saveFile(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<SavedContent> {
    if (source instanceof Uint8Array && source.length <= MIN_CHUNK_BYTES) {
      return await this.#saveSmall(source);
    }
    this.#chunker.reset();
    const pieces = source instanceof Uint8Array ? [source] : source;
    return await this.#saveCut(pieces, (piece) => this.#chunker.push(piece));
  }

  /**
   * Saves a database in pieces of equal size, so that a changed page costs one of them.
   * @param parent - The same file in the snapshot before.
   */
  async saveDatabase(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    sizeBytes: number,
    parent: Node | undefined,
  ): Promise<SavedContent> {
    const chunkBytes = pageChunkBytes(sizeBytes, this.#parentFile(parent));
    const pieces = source instanceof Uint8Array ? [source] : source;
    return await this.#saveCut(pieces, (piece) => {
      const cuts: number[] = [];
      for (let at = chunkBytes - this.#openBytes; at <= piece.length; at += chunkBytes)
        cuts.push(at);
      return cuts;
    });
  }

  #parentFile(parent: Node | undefined): { sizeBytes: number; firstBlobBytes: number } | undefined {
    const [first] = parent?.content ?? [];
    const blob = first === undefined ? undefined : this.#index.find({ type: "data", id: first });
    if (parent?.sizeBytes === undefined || blob === undefined) return undefined;
    const firstBlobBytes = blob.uncompressedBytes ?? blob.lengthBytes - SEAL_OVERHEAD_BYTES;
    return { sizeBytes: Number(parent.sizeBytes), firstBlobBytes };
  }

  async #saveSmall(bytes: Uint8Array): Promise<SavedContent> {
    if (bytes.length === 0) return { content: [], sizeBytes: 0 };
    const { id } = await this.#saver.save("data", bytes);
    return { content: [id], sizeBytes: bytes.length };
  }

  /** @param cutsIn - Offsets in a piece before which a blob ends, ascending; may be its length. */
  async #saveCut(
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    cutsIn: (piece: Uint8Array) => readonly number[],
  ): Promise<SavedContent> {
    const content: Id[] = [];
    let sizeBytes = 0;
    this.#openBytes = 0;
    for await (const piece of pieces) {
      sizeBytes += piece.length;
      let start = 0;
      for (const cut of cutsIn(piece)) {
        content.push(await this.#saveBlob(piece.subarray(start, cut)));
        start = cut;
      }
      this.#keep(piece.subarray(start));
    }
    if (this.#openBytes > 0) content.push(await this.#saveBlob(new Uint8Array(0)));
    return { content, sizeBytes };
  }

  /** Saves what is open with `end` behind it. */
  async #saveBlob(end: Uint8Array): Promise<Id> {
    let bytes = end;
    if (this.#openBytes > 0) {
      this.#keep(end);
      bytes = this.#buffer().subarray(0, this.#openBytes);
      this.#openBytes = 0;
    }
    return (await this.#saver.save("data", bytes)).id;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#buffer().set(bytes, this.#openBytes);
    this.#openBytes += bytes.length;
  }

  #buffer(): Buffer {
    this.#open ??= Buffer.allocUnsafeSlow(MAX_CHUNK_BYTES);
    return this.#open;
  }
}
