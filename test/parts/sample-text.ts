/** A source of repeatable chance: the same seed gives the same texts, bytes and numbers, in the same order. */
export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Prose-like text of exactly so many characters, all ASCII; gzip takes it to about a third. */
  text(sizeBytes: number): string;
  /** Bytes that do not compress. */
  noise(sizeBytes: number): Uint8Array;
}

const SYLLABLES =
  "an be cor da el fi gra hon is jo kel lum mar no ost pi qua ri ste tul un ve wis zar".split(" ");
const VOCABULARY_SIZE = 4000;

export function chance(seed: number): Chance {
  const next = xorshift(seed);
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  const word = (): string => {
    const length = 1 + below(4);
    return Array.from({ length }, () => SYLLABLES[below(SYLLABLES.length)]).join("");
  };
  const vocabulary = Array.from({ length: VOCABULARY_SIZE }, word);

  return {
    below,
    text(sizeBytes) {
      let text = "";
      while (text.length < sizeBytes) {
        // Few words are common and most are rare, as in a language.
        text += vocabulary[below(1 + below(VOCABULARY_SIZE))];
        text += below(12) === 0 ? ".\n" : " ";
      }
      return text.slice(0, sizeBytes);
    },
    noise(sizeBytes) {
      const words = new Uint32Array(Math.ceil(sizeBytes / 4)).map(() => next());
      return new Uint8Array(words.buffer, 0, sizeBytes);
    },
  };
}

/** Marsaglia's xorshift generator of 32 bits; its state must not be zero. */
function xorshift(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
