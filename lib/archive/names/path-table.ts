import { randomInt } from "node:crypto";

/**
 * Remembers a small number for each path, at 20 to 45 bytes a path however long the paths are: only two independent hashes of a path are kept,
 * in typed arrays. Two paths are taken for one another when 97 bits of hash agree by chance.
 */
export class PathTable {
  /** So that nobody can make names that all want the same slot. */
  readonly #seed = randomInt(2 ** 32);
  #size = 0;
  /** Open addressing with linear probing; 0 marks a free slot. */
  #hashes = new Float64Array(INITIAL_SLOTS);
  /** The second hash and the value in one number below 2^53. */
  #entries = new Float64Array(INITIAL_SLOTS);

  get size(): number {
    return this.#size;
  }

  get(path: string): number | undefined {
    const slot = this.#slotOf(this.#hashOf(path), this.#checkOf(path));
    return this.#hashes[slot] === 0 ? undefined : (this.#entries[slot] as number) % VALUES;
  }

  /** @param value - 0 to 511. */
  set(path: string, value: number): void {
    const hash = this.#hashOf(path);
    const check = this.#checkOf(path);
    const slot = this.#slotOf(hash, check);
    const isNew = this.#hashes[slot] === 0;
    this.#hashes[slot] = hash;
    this.#entries[slot] = check * VALUES + value;
    if (!isNew) return;
    this.#size += 1;
    if (this.#size > this.#hashes.length * MAX_LOAD) this.#grow();
  }

  #hashOf(path: string): number {
    return hash53(path, this.#seed) || 1;
  }

  #checkOf(path: string): number {
    return hash53(path, ~this.#seed) % 2 ** 44;
  }

  /** Where a path is, or would be put. */
  #slotOf(hash: number, check: number): number {
    const mask = this.#hashes.length - 1;
    let slot = hash % this.#hashes.length;
    for (;;) {
      const found = this.#hashes[slot];
      if (found === 0) return slot;
      if (found === hash && Math.floor((this.#entries[slot] as number) / VALUES) === check)
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const hashes = this.#hashes;
    const entries = this.#entries;
    this.#hashes = new Float64Array(hashes.length * 2);
    this.#entries = new Float64Array(hashes.length * 2);
    for (const [i, hash] of hashes.entries()) {
      if (hash === 0) continue;
      const entry = entries[i] as number;
      const slot = this.#slotOf(hash, Math.floor(entry / VALUES));
      this.#hashes[slot] = hash;
      this.#entries[slot] = entry;
    }
  }
}

const INITIAL_SLOTS = 1024;
const MAX_LOAD = 0.75;
const VALUES = 512;

/** A fast 53-bit string hash (cyrb53, public domain). Not for secrets: who wants a collision can make one. */
function hash53(text: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
