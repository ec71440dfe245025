import { MINUTE_MS, SECOND_MS } from "../../base/index.ts";

/** Between writing a lock and looking again: what two clients wrote at the same moment, both see by then. */
export const SETTLE_MS = 200;

/** Waits between attempts to take a lock: doubled each time, and spread, so that two who met do not meet again. */
const FIRST_WAIT_MS: number = 5 * SECOND_MS;
const LONGEST_WAIT_MS: number = MINUTE_MS;

/** How long to wait before attempt `n` (from 1), at most `leftMs`. */
export function waitBeforeRetry(n: number, leftMs: number): number {
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (n - 1));
  return Math.min(leftMs, Math.round(waitMs * (0.75 + Math.random() / 2)));
}
