import { scryptSync } from "node:crypto";
import type { Clock } from "../../base/index.ts";
import type { ScryptCost } from "./scrypt-cost.ts";

/** What opening a repository may take on this machine, and what restic's new keys take: 500 ms in 60 MB. */
const TARGET_MS = 500;
/** 32 MiB; the next power of two would be above the 60 MB. It is also the least: a slow machine waits longer rather than being weak. */
const N = 32_768;
const r = 8;
/**
 * For a password of 128 random bits and more, which nobody guesses at any price: opening takes 3 ms and 1 MiB instead of half a second and
 * 32 MiB, of a run every few minutes. Not for one that a person has chosen.
 */
export const RANDOM_PASSWORD_COST: ScryptCost = { N: 1024, r, p: 1 };
/** A measurement that was too short by chance must not make a key that no other machine opens in time. */
const MAX_P = 16;

/** Measures this machine and gives the cost for a new key, so that each guess of a password costs an attacker as much. */
export function calibrateScrypt(clock: Pick<Clock, "monotonicMs">): ScryptCost {
  const before = clock.monotonicMs();
  scryptSync("calibration", "salt", 64, { N, r, p: 1, maxmem: 256 * N * r });
  const elapsedMs = Math.max(1, clock.monotonicMs() - before);
  return { N, r, p: Math.min(MAX_P, Math.max(1, Math.round(TARGET_MS / elapsedMs))) };
}
