import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  allTogether,
  BackupError,
  forEachConcurrent,
  mapConcurrent,
} from "../../../lib/base/index.ts";

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

test("results come in the order of the input, whoever ends first", async () => {
  const waits = [9, 1, 5, 0, 3];
  const map = async (ms: number) => {
    await delay(ms);
    return ms;
  };
  expect(await collect(mapConcurrent(waits, map, { limit: 3 }))).toEqual(waits);
});

test.each([1, 2, 7])("at most %i calls are under way at the same time", async (limit) => {
  let running = 0;
  let most = 0;
  await forEachConcurrent(
    Array.from({ length: 20 }, (_, index) => index),
    async () => {
      most = Math.max(most, ++running);
      await delay(1);
      running--;
    },
    { limit },
  );
  expect(most).toBe(limit);
});

test("no more is read from the source than the slowest consumer allows", async () => {
  let read = 0;
  function* source() {
    for (;;) yield read++;
  }
  for await (const value of mapConcurrent(source(), async (n) => n, { limit: 4 })) {
    expect(read).toBeLessThanOrEqual(value + 4);
    if (value === 10) break;
  }
});

test("a failure is thrown at its place, after what was under way has settled", async () => {
  const ended: number[] = [];
  const map = async (n: number) => {
    await delay(n === 2 ? 0 : 5);
    if (n === 2) throw new BackupError("data-corrupt", "second");
    ended.push(n);
    return n;
  };
  const seen: number[] = [];
  const run = async () => {
    for await (const n of mapConcurrent([1, 2, 3, 4, 5], map, { limit: 3 })) seen.push(n);
  };
  await expect(run()).rejects.toMatchObject({ code: "data-corrupt" });
  expect(seen).toEqual([1]);
  expect(ended.toSorted()).toEqual(expect.arrayContaining([1, 3]));
});

test("two failures at once leave no unhandled rejection", async () => {
  const fail = async (n: number): Promise<never> => {
    throw new Error(`failure ${n}`);
  };
  await expect(collect(mapConcurrent([1, 2, 3], fail, { limit: 3 }))).rejects.toThrow("failure 1");
  await delay(1);
});

test("a source that fails ends the mapping with its failure", async () => {
  async function* source() {
    yield 1;
    throw new Error("source broke");
  }
  await expect(collect(mapConcurrent(source(), async (n) => n, { limit: 2 }))).rejects.toThrow(
    "source broke",
  );
});

test("leaving early closes the source and waits for what is under way", async () => {
  let closed = false;
  let running = 0;
  async function* source() {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      closed = true;
    }
  }
  const map = async (n: number) => {
    running++;
    await delay(2);
    running--;
    return n;
  };
  for await (const _ of mapConcurrent(source(), map, { limit: 3 })) break;
  expect({ closed, running }).toEqual({ closed: true, running: 0 });
});

test("an abort keeps further items from being started", async () => {
  const abort = new AbortController();
  let started = 0;
  const run = forEachConcurrent(
    Array.from({ length: 100 }, (_, index) => index),
    async () => {
      if (++started === 3) abort.abort();
      await delay(0);
    },
    { limit: 2, signal: abort.signal },
  );
  await expect(run).rejects.toMatchObject({ code: "cancelled" });
  expect(started).toBeLessThanOrEqual(4);
});

test("nothing to do is done at once", async () => {
  expect(await collect(mapConcurrent([], async () => 1, { limit: 5 }))).toEqual([]);
});

test("calls that belong together give all their results", async () => {
  expect(await allTogether(() => [delay(2, "a"), Promise.resolve(1), "b"])).toEqual(["a", 1, "b"]);
});

test("when one of them fails, the others are cancelled, and nothing goes on afterwards", async () => {
  let isEnded = false;
  const failing = allTogether((signal) => [
    Promise.reject(new BackupError("storage-not-found", "first")),
    delay(60_000, undefined, { signal }).catch(async () => {
      await delay(1);
      isEnded = true;
    }),
  ]);
  await expect(failing).rejects.toThrow("first");
  expect(isEnded).toBe(true);
});

test("an interrupt from outside cancels all of them", async () => {
  const control = new AbortController();
  const cancelled = allTogether((signal) => [delay(60_000, undefined, { signal })], control.signal);
  control.abort();
  await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
});
