import type { BlobIndex } from "../index-file/index.ts";
import type { BlobHandle, Id, IndexedBlob } from "../types.ts";

/** What is known not to be readable: whole packs, single places of blobs, and trees whose text means nothing. */
export class Damage {
  readonly #index: BlobIndex;
  readonly #packs = new Set<Id>();
  readonly #places = new Set<string>();
  readonly #trees = new Set<Id>();

  constructor(index: BlobIndex) {
    this.#index = index;
  }

  addPack(packId: Id): void {
    this.#packs.add(packId);
  }

  addPlace(place: Pick<IndexedBlob, "packId" | "type" | "id">): void {
    this.#places.add(keyOf(place));
  }

  addTree(id: Id): void {
    this.#trees.add(id);
  }

  hasPack(packId: Id): boolean {
    return this.#packs.has(packId);
  }

  /** Whether any place of the blob is left, as far as is known. */
  isReadable(handle: BlobHandle): boolean {
    if (handle.type === "tree" && this.#trees.has(handle.id)) return false;
    const places = this.#index.places(handle);
    return places.some((place) => this.isPlaceReadable(place));
  }

  isPlaceReadable(place: Pick<IndexedBlob, "packId" | "type" | "id">): boolean {
    return !this.#packs.has(place.packId) && !this.#places.has(keyOf(place));
  }
}

function keyOf({ packId, type, id }: Pick<IndexedBlob, "packId" | "type" | "id">): string {
  return `${packId} ${type} ${id}`;
}
