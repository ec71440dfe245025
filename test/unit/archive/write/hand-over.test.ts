import { setImmediate as tick } from "node:timers/promises";
import { expect, test } from "vitest";
import { HandOver } from "../../../../lib/archive/write/hand-over.ts";
import { collect } from "../../../helpers/chunks.ts";

test("HandOver gives what was pushed, in order, and ends", async () => {
  const values = new HandOver<number>(2);
  const taking = collect(values);
  for (let i = 0; i < 5; i++) {
    await values.room();
    values.push(i);
  }
  values.end();
  expect(await taking).toEqual([0, 1, 2, 3, 4]);
});

test("HandOver has no room while the consumer is behind", async () => {
  const values = new HandOver<number>(2);
  values.push(1);
  values.push(2);
  let hasRoom = false;
  const waiting = values.room().then(() => {
    hasRoom = true;
  });
  await tick();
  expect(hasRoom).toBe(false);
  const iterator = values[Symbol.asyncIterator]();
  await iterator.next();
  await waiting;
  expect(hasRoom).toBe(true);
});

test("HandOver gives the values before the failure", async () => {
  const values = new HandOver<number>(2);
  values.push(1);
  values.end({ error: new Error("source failed") });
  const seen: number[] = [];
  const taking = (async () => {
    for await (const value of values) seen.push(value);
  })();
  await expect(taking).rejects.toThrow("source failed");
  expect(seen).toEqual([1]);
});

test("HandOver tells its producer when the consumer has left, also while it waits for room", async () => {
  const values = new HandOver<number>(1);
  values.push(1);
  values.push(2);
  const waiting = expect(values.room()).rejects.toMatchObject({ code: "cancelled" });
  for await (const _ of values) break;
  await waiting;
  await expect(values.room()).rejects.toMatchObject({ code: "cancelled" });
});
