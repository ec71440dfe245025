import { expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";

test("the monotonic time of the system's clock does not go back", () => {
  const times = Array.from({ length: 1_000 }, () => systemClock.monotonicMs());
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});

test("sleep waits about as long as asked", async () => {
  const start = systemClock.monotonicMs();
  await systemClock.sleep(20);
  expect(systemClock.monotonicMs() - start).toBeGreaterThanOrEqual(18);
});

test("sleep ends at once when it is aborted, before or meanwhile", async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort())).rejects.toThrow();
  const abort = new AbortController();
  const sleeping = systemClock.sleep(60_000, abort.signal);
  abort.abort();
  await expect(sleeping).rejects.toThrow();
});
