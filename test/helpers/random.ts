/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** One of these; undefined of none. */
  pick<T>(items: readonly T[]): T | undefined;
  /** Bytes that do not compress. */
  bytes(count: number): Buffer;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32: every seed has a sequence of its own, and its low bits are as good as its high ones.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (count: number): number => Math.floor((next() / 2 ** 32) * count);
  return {
    below,
    pick: (items) => items[below(items.length)],
    bytes: (count) => {
      const words = new Uint32Array(Math.ceil(count / 4)).map(next);
      return Buffer.from(words.buffer, 0, count);
    },
  };
}
