import { expect, test } from "vitest";
import { planRanges } from "../../../../lib/repository/blob-store/index.ts";
import type { IndexedBlob } from "../../../../lib/repository/types.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function blob(packId: string, offsetBytes: number, lengthBytes: number): IndexedBlob {
  const id = `${packId}-${offsetBytes}`;
  return { type: "data", id, packId, offsetBytes, lengthBytes, uncompressedBytes: undefined };
}

const plan = (...blobs: IndexedBlob[]) =>
  planRanges(blobs).map(
    ({ packId, offsetBytes, lengthBytes, blobs: { length } }) =>
      [packId, offsetBytes, lengthBytes, length] as const,
  );

test("neighbours are read together, in the order of their bytes", () => {
  expect(plan(blob("a", 200, 50), blob("a", 0, 100), blob("a", 100, 100))).toEqual([
    ["a", 0, 250, 3],
  ]);
});

test("a gap of less than 64 KiB is read too, a larger one is not", () => {
  const next = 100 + 64 * KIB;
  expect(plan(blob("a", 0, 100), blob("a", next - 1, 1))).toEqual([["a", 0, next, 2]]);
  expect(plan(blob("a", 0, 100), blob("a", next, 1))).toEqual([
    ["a", 0, 100, 1],
    ["a", next, 1, 1],
  ]);
});

test("a range has 16 MiB at most, unless it is one blob", () => {
  expect(plan(blob("a", 0, 10 * MIB), blob("a", 10 * MIB, 6 * MIB))).toEqual([
    ["a", 0, 16 * MIB, 2],
  ]);
  expect(plan(blob("a", 0, 10 * MIB), blob("a", 10 * MIB, 6 * MIB + 1))).toHaveLength(2);
  expect(plan(blob("a", 0, 40 * MIB), blob("a", 40 * MIB, 1))).toHaveLength(2);
});

test("packs are read one after the other, as they first occur", () => {
  expect(plan(blob("b", 0, 5), blob("a", 0, 5), blob("b", 5, 5)).map(([packId]) => packId)).toEqual(
    ["b", "a"],
  );
});

test("a blob that is asked for twice is read once", () => {
  expect(plan(blob("a", 0, 5), blob("a", 0, 5))).toEqual([["a", 0, 5, 1]]);
  expect(plan()).toEqual([]);
});
