import type { BlobHandle, Id } from "../types.ts";
import { RecordTable } from "./record-table.ts";

/** A set of ids at some 40 bytes each, where a `Set` of texts takes 150. Nothing is removed from it. */
export class IdSet {
  readonly #ids = new RecordTable(0);

  get count(): number {
    return this.#ids.count;
  }

  has(id: Id): boolean {
    return this.#ids.first(id) >= 0;
  }

  /** @returns false when it was there */
  add(id: Id): boolean {
    if (this.has(id)) return false;
    this.#ids.add(id);
    return true;
  }
}

/** A set of blobs, as compact as {@link IdSet}. */
export class BlobSet {
  readonly data: IdSet = new IdSet();
  readonly tree: IdSet = new IdSet();

  get count(): number {
    return this.data.count + this.tree.count;
  }

  has({ type, id }: BlobHandle): boolean {
    return this[type].has(id);
  }

  /** @returns false when it was there */
  add({ type, id }: BlobHandle): boolean {
    return this[type].add(id);
  }
}
