import { describe, expect, test } from "vitest";
import { MemoryStorage, withBandwidthLimit } from "../../../lib/storage/index.ts";
import { chunksOf, readAll } from "../../helpers/chunks.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";

function setUp(bytesPerSecond: number) {
  const clock = fakeClock();
  return { clock, storage: withBandwidthLimit(new MemoryStorage(), bytesPerSecond, clock) };
}

describe("a bandwidth limit", () => {
  test("holds back a stream chunk by chunk", async () => {
    const { clock, storage } = setUp(1000);
    await storage.putStream("a", chunksOf(Buffer.alloc(5000), 500));
    expect(clock.sleeps).toEqual(Array.from({ length: 9 }, () => 500));
  });

  test("lets a whole object pass and makes the next transfer wait for it", async () => {
    const { clock, storage } = setUp(1000);
    await storage.put("a", Buffer.alloc(3000));
    expect(clock.monotonicMs()).toBe(0);
    await storage.get("a", 3000);
    expect(clock.monotonicMs()).toBe(3000);
    await readAll(storage.getStream("a"));
    expect(clock.monotonicMs()).toBe(6000);
  });

  test("saves nothing up while nothing is transferred", async () => {
    const { clock, storage } = setUp(1000);
    clock.advance(3_600_000);
    await storage.putStream("a", chunksOf(Buffer.alloc(2000), 1000));
    expect(clock.sleeps).toEqual([1000]);
  });

  test("counts transfers at the same time together", async () => {
    const { clock, storage } = setUp(1000);
    await Promise.all(["a", "b", "c", "d"].map((key) => storage.put(key, Buffer.alloc(1000))));
    expect(clock.monotonicMs()).toBe(3000);
  });

  test("lets a cancelled transfer go at once", async () => {
    const { storage } = setUp(1);
    await storage.put("a", Buffer.alloc(10));
    const control = new AbortController();
    control.abort();
    await expect(storage.get("a", 10, { signal: control.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  test.each([0, -5, Number.NaN])("refuses %d bytes a second", (limit) => {
    expect(() => setUp(limit)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});
