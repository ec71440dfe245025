import { expect, test } from "vitest";
import { SpentParts } from "../../../../lib/storage/s3/spent-parts.ts";

const part = (): Uint8Array => new Uint8Array(1000);
const isFreed = (bytes: Uint8Array): boolean => bytes.buffer.byteLength === 0;

test("a part's memory is given back when it was sent and the next one has a buffer of its own", () => {
  const parts = new SpentParts();
  const [first, second] = [part(), part()];
  parts.begin(first);
  parts.end(first);
  expect(isFreed(first)).toBe(false);
  parts.begin(second);
  expect([first, second].map(isFreed)).toEqual([true, false]);
  parts.end(second);
  expect(isFreed(second)).toBe(false);
});

test("a part that is still being sent keeps its memory, whatever the others do", () => {
  const parts = new SpentParts();
  const [first, second, third] = [part(), part(), part()];
  for (const each of [first, second, third]) parts.begin(each);
  parts.end(second);
  expect([first, second, third].map(isFreed)).toEqual([false, true, false]);
  parts.end(first);
  expect([first, third].map(isFreed)).toEqual([true, false]);
});

test("the last part may lie in the buffer of the one before", () => {
  const parts = new SpentParts();
  const [first, both] = [part(), part()];
  parts.begin(first);
  parts.begin(both.subarray(0, 800));
  parts.begin(both.subarray(800));
  parts.end(both.subarray(0, 800));
  parts.end(first);
  expect(isFreed(first)).toBe(true);
  expect(isFreed(both)).toBe(false);
});
