import { describe, expect, test, vi } from "vitest";
import { BackupError } from "../../../lib/base/index.ts";
import { repeat } from "../../../lib/storage/repeat.ts";
import { type RetryOptions, resolveRetryOptions } from "../../../lib/storage/retry-options.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";

const unavailable = (): BackupError => new BackupError("storage-unavailable", "away");
const options = (more: Partial<RetryOptions> = {}) =>
  resolveRetryOptions({ clock: fakeClock(), random: () => 1, ...more });

describe("repeating a call", () => {
  test("gives the result of the first try that succeeds", async () => {
    const call = vi.fn(async (attempt: number) => {
      if (attempt < 4) throw unavailable();
      return attempt;
    });
    expect(await repeat(call, options())).toBe(4);
    expect(call).toHaveBeenCalledTimes(4);
  });

  test("waits up to twice as long each time, and never longer than 30 seconds", async () => {
    const clock = fakeClock();
    const fail = async (): Promise<never> => {
      throw unavailable();
    };
    await expect(
      repeat(fail, options({ clock, attempts: 10, totalTimeMs: 1e9 })),
    ).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(clock.sleeps).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("draws each wait between nothing and its bound", async () => {
    const clock = fakeClock();
    const draws = [0, 0.5, 0.25];
    const random = (): number => draws.shift() ?? 0;
    await expect(
      repeat(() => Promise.reject(unavailable()), options({ clock, random, attempts: 4 })),
    ).rejects.toThrow();
    expect(clock.sleeps).toEqual([0, 500, 500]);
  });

  test("starts no try behind the total time", async () => {
    const clock = fakeClock();
    const call = vi.fn(() => Promise.reject(unavailable()));
    await expect(repeat(call, options({ clock, totalTimeMs: 5000 }))).rejects.toThrow("away");
    expect(clock.sleeps).toEqual([500, 1000, 2000]);
    expect(call).toHaveBeenCalledTimes(4);
  });

  test.each([
    "data-corrupt",
    "storage-access-denied",
    "storage-conflict",
    "storage-rejected",
  ] as const)("never repeats after %s", async (code) => {
    const call = vi.fn(() => Promise.reject(new BackupError(code, "no")));
    await expect(repeat(call, options())).rejects.toMatchObject({ code });
    expect(call).toHaveBeenCalledTimes(1);
  });

  test("throws foreign errors as they are", async () => {
    const failure = new TypeError("bug");
    await expect(repeat(() => Promise.reject(failure), options())).rejects.toBe(failure);
  });

  test("tells of each wait before it", async () => {
    const events: unknown[] = [];
    const onRetry = (event: unknown): void => {
      events.push(event);
    };
    await expect(
      repeat(() => Promise.reject(unavailable()), options({ attempts: 3, onRetry })),
    ).rejects.toThrow();
    expect(events).toEqual([
      { attempt: 1, waitMs: 500, error: expect.any(BackupError) },
      { attempt: 2, waitMs: 1000, error: expect.any(BackupError) },
    ]);
  });

  test("ends at once when it is cancelled while waiting", async () => {
    const control = new AbortController();
    const onRetry = (): void => control.abort();
    const call = vi.fn(() => Promise.reject(unavailable()));
    await expect(repeat(call, options({ onRetry }), control.signal)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(call).toHaveBeenCalledTimes(1);
  });
});
