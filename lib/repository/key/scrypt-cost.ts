import { BackupError, MIB } from "../../base/index.ts";

/** What deriving a key from a password costs: memory 128·N·r bytes, time N·r·p. */
export interface ScryptCost {
  /** A power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * Bounds against key files that a hostile storage made up. restic calibrates to 60 MB and half a second (N·r·p about 2²¹ on a fast
 * machine), and rustic takes 128 MiB; sixteen times that work is about five seconds.
 */
const MAX_MEMORY_BYTES: number = 256 * MIB;
const MAX_WORK: number = 2 ** 24;

export function memoryOf({ N, r }: ScryptCost): number {
  return 128 * N * r;
}

/**
 * Refuses a cost that is none, or that would bind this machine. The bound `N < 2^(16·r)` of RFC 7914 is an error of the RFC (erratum
 * 5971) and not held here: restic before 0.9 made keys with N = 2¹⁸ and r = 1.
 * @throws BackupError `data-corrupt`, `limit-exceeded`
 */
export function assertScryptCost(cost: ScryptCost): void {
  const { N, r, p } = cost;
  const isWhole = [N, r, p].every((value) => Number.isSafeInteger(value) && value >= 1);
  if (!isWhole || N < 2 || !Number.isInteger(Math.log2(N))) {
    throw new BackupError("data-corrupt", `scrypt cost ${format(cost)} is none`, {
      details: { ...cost },
    });
  }
  if (memoryOf(cost) > MAX_MEMORY_BYTES || N * r * p > MAX_WORK) {
    throw new BackupError(
      "limit-exceeded",
      `scrypt cost ${format(cost)} is more than this program spends on a key`,
      { details: { ...cost, maxMemoryBytes: MAX_MEMORY_BYTES, maxWork: MAX_WORK } },
    );
  }
}

function format({ N, r, p }: ScryptCost): string {
  return `N=${N} r=${r} p=${p}`;
}
