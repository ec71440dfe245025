import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { readAhead } from "../../../../lib/archive/read/read-ahead.ts";

/** Gives `count` pieces of ten bytes, and tells how many were asked for and whether it was closed. */
function source(count: number, failAfter = Number.POSITIVE_INFINITY) {
  const told = { given: 0, isClosed: false };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (; told.given < count; ) {
        await turn();
        if (told.given === failAfter) throw new Error("broken");
        told.given += 1;
        yield new Uint8Array(10).fill(told.given);
      }
    } finally {
      told.isClosed = true;
    }
  }
  return { told, pieces };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await turn();
}

test("everything comes, in its order, and the source is closed at the end", async () => {
  const { told, pieces } = source(50);
  const seen: (number | undefined)[] = [];
  for await (const piece of readAhead(pieces(), 25)) seen.push(piece[0]);
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(told.isClosed).toBe(true);
});

test("nothing is asked for before the first piece is wanted, and then until the limit is reached", async () => {
  const { told, pieces } = source(50);
  const ahead = readAhead(pieces(), 25);
  await settle();
  expect(told.given).toBe(0);
  await ahead.next();
  await settle();
  expect(told.given).toBe(4);
  await ahead.next();
  await settle();
  expect(told.given).toBe(5);
  await ahead.return();
});

test("whoever leaves early closes the source, once it has given what it was asked for", async () => {
  const { told, pieces } = source(50);
  for await (const _ of readAhead(pieces(), 25)) break;
  expect(told.isClosed).toBe(true);
  const { given } = told;
  await settle();
  expect(told.given).toBe(given);
});

test("a failure comes behind what was given before it", async () => {
  const { told, pieces } = source(50, 3);
  const seen: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const piece of readAhead(pieces(), 1000)) seen.push(piece[0] ?? 0);
  };
  await expect(reading()).rejects.toThrow("broken");
  expect(seen).toEqual([1, 2, 3]);
  expect(told.isClosed).toBe(true);
});
