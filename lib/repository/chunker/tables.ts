import { BackupError } from "../../base/index.ts";
import { degree, POLYNOMIAL_DEGREE, remainder } from "./polynomial.ts";

export const WINDOW_BYTES = 64;

/**
 * What one step of the fingerprint adds, by byte. Digests have 53 bits, in two halves: bits 32 to 52 (`high`) and 0 to 31 (`low`).
 * Everything over F₂ is linear, so that a table of 256 is the sum of its 8 single bits.
 */
export interface RabinTables {
  /** By the top 8 bits of the digest: takes them away after the shift by 8 and adds what they are worth modulo the polynomial. */
  readonly reduceHigh: Int32Array;
  readonly reduceLow: Int32Array;
  /** By the byte that leaves the window, as what it is worth after the shift: byte × x^(8 × 64) modulo the polynomial. */
  readonly leaveHigh: Int32Array;
  readonly leaveLow: Int32Array;
}

const cache = new Map<bigint, RabinTables>();
/** A process has few repositories open at a time. */
const MAX_CACHED = 8;

/**
 * Gives the tables of a polynomial; 8 KiB for each, computed once.
 * @throws BackupError `invalid-argument` when its degree is not 53
 */
export function rabinTables(polynomial: bigint): RabinTables {
  const cached = cache.get(polynomial);
  if (cached !== undefined) return cached;
  if (degree(polynomial) !== POLYNOMIAL_DEGREE) {
    throw new BackupError(
      "invalid-argument",
      `chunker polynomial has degree ${degree(polynomial)}, expected is ${POLYNOMIAL_DEGREE}`,
    );
  }
  if (cache.size >= MAX_CACHED) cache.clear();
  const tables = computeTables(polynomial);
  cache.set(polynomial, tables);
  return tables;
}

function computeTables(polynomial: bigint): RabinTables {
  const shift = BigInt(POLYNOMIAL_DEGREE);
  const reduce = linearTable((bit) => (bit << shift) ^ remainder(bit << shift, polynomial));
  const leave = linearTable((bit) => remainder(bit << BigInt(8 * WINDOW_BYTES), polynomial));
  return {
    reduceHigh: reduce.high,
    reduceLow: reduce.low,
    leaveHigh: leave.high,
    leaveLow: leave.low,
  };
}

function linearTable(worth: (bit: bigint) => bigint): { high: Int32Array; low: Int32Array } {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let bit = 1; bit < 256; bit *= 2) {
    const value = worth(BigInt(bit));
    for (let below = 0; below < bit; below++) {
      high[bit + below] = Number(value >> 32n) ^ (high[below] as number);
      low[bit + below] = Number(value & 0xffff_ffffn) ^ (low[below] as number);
    }
  }
  return { high, low };
}
