import type { Clock } from "../../lib/base/index.ts";

/** A clock that stands still, except that sleeping moves it on at once. */
export interface FakeClock extends Clock {
  /** How long each sleep was, in milliseconds. */
  readonly sleeps: readonly number[];
  advance(ms: number): void;
}

export function fakeClock(start: Date = new Date("2026-11-21T03:00:00Z")): FakeClock {
  let elapsedMs = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(start.getTime() + elapsedMs),
    monotonicMs: () => elapsedMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      elapsedMs += ms;
    },
    advance(ms) {
      elapsedMs += ms;
    },
  };
}
