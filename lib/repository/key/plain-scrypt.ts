import { pbkdf2Sync } from "node:crypto";
import type { ScryptCost } from "./scrypt-cost.ts";

/**
 * scrypt in JavaScript, for the costs that OpenSSL refuses though they are sound (r = 1 with N ≥ 2¹⁶: keys of restic before 0.9). It
 * blocks its thread: half a second for N = 2¹⁸, r = 1.
 * @see RFC 7914
 */
export function plainScrypt(
  password: Uint8Array,
  salt: Uint8Array,
  { N, r, p }: ScryptCost,
  lengthBytes: number,
): Buffer {
  const blockWords = 32 * r;
  const bytes = pbkdf2Sync(password, salt, 1, p * blockWords * 4, "sha256");
  const words = toWords(bytes);
  const memory = new Uint32Array(N * blockWords);
  for (let block = 0; block < p; block += 1) {
    mixRandomly(words.subarray(block * blockWords, (block + 1) * blockWords), memory, N);
  }
  return pbkdf2Sync(password, toBytes(words), 1, lengthBytes, "sha256");
}

/** scryptROMix: fills `memory` with N states, then walks it N times in an order that depends on the states. */
function mixRandomly(state: Uint32Array, memory: Uint32Array, N: number): void {
  const size = state.length;
  const scratch = new Uint32Array(size);
  for (let i = 0; i < N; i += 1) {
    memory.set(state, i * size);
    mixBlocks(state, scratch);
  }
  for (let i = 0; i < N; i += 1) {
    // Integerify: N is a power of two below 2³², so the lowest word of the last block decides.
    const at = ((state[size - 16] ?? 0) & (N - 1)) * size;
    for (let word = 0; word < size; word += 1) {
      state[word] = (state[word] ?? 0) ^ (memory[at + word] ?? 0);
    }
    mixBlocks(state, scratch);
  }
}

/** scryptBlockMix: chains Salsa20/8 over the blocks of 16 words; even results come first, odd ones after. */
function mixBlocks(state: Uint32Array, scratch: Uint32Array): void {
  const blocks = state.length / 16;
  const chain = state.slice(state.length - 16);
  for (let block = 0; block < blocks; block += 1) {
    for (let word = 0; word < 16; word += 1) {
      chain[word] = (chain[word] ?? 0) ^ (state[block * 16 + word] ?? 0);
    }
    salsa8(chain);
    scratch.set(chain, ((block >> 1) + (block & 1) * (blocks / 2)) * 16);
  }
  state.set(scratch);
}

/** The quarter rounds of a double round: each word of four, first the columns, then the rows. */
const QUARTERS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;
const work = new Uint32Array(16);

function salsa8(block: Uint32Array): void {
  work.set(block);
  for (let round = 0; round < 8; round += 2) {
    for (const [a, b, c, d] of QUARTERS) {
      mixWord(b, a, d, 7);
      mixWord(c, b, a, 9);
      mixWord(d, c, b, 13);
      mixWord(a, d, c, 18);
    }
  }
  for (let word = 0; word < 16; word += 1) {
    block[word] = (block[word] ?? 0) + (work[word] ?? 0);
  }
}

function mixWord(target: number, left: number, right: number, by: number): void {
  const sum = (work[left] ?? 0) + (work[right] ?? 0);
  work[target] = (work[target] ?? 0) ^ ((sum << by) | (sum >>> (32 - by)));
}

function toWords(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(at * 4));
}

function toBytes(words: Uint32Array): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [at, word] of words.entries()) bytes.writeUInt32LE(word, at * 4);
  return bytes;
}
