/**
 * Remembers a small number for each path, at about 40 bytes a path however long the paths are: only two independent hashes of a path
 * are kept. Two paths are taken for one another when 97 bits of hash agree by chance.
 */
export class PathTable {
  readonly #entries = new Map<number, number>();
  /** Paths whose first hash was taken, by both hashes. */
  readonly #overflow = new Map<string, number>();

  get size(): number {
    return this.#entries.size + this.#overflow.size;
  }

  get(path: string): number | undefined {
    const hash = hash53(path, 1);
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    const check = checkOf(path);
    if (Math.floor(entry / VALUES) === check) return entry % VALUES;
    return this.#overflow.get(`${hash}:${check}`);
  }

  /** @param value - 0 to 511. */
  set(path: string, value: number): void {
    const hash = hash53(path, 1);
    const check = checkOf(path);
    const entry = this.#entries.get(hash);
    if (entry === undefined || Math.floor(entry / VALUES) === check) {
      this.#entries.set(hash, check * VALUES + value);
    } else {
      this.#overflow.set(`${hash}:${check}`, value);
    }
  }
}

const VALUES = 512;

function checkOf(path: string): number {
  return hash53(path, 2) % 2 ** 44;
}

/** A fast 53-bit string hash (cyrb53, public domain). Not for secrets: who wants a collision can make one. */
export function hash53(text: string, seed: number): number {
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
