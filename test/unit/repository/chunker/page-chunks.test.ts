import { expect, test } from "vitest";
import { pageChunkBytes } from "../../../../lib/repository/chunker/index.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

test.each([
  [0, 16],
  [512 * MIB - 1, 16],
  [512 * MIB, 32],
  [2048 * MIB - 1, 32],
  [2048 * MIB, 64],
  [1e15, 64],
])("a database of %d bytes is stored in pieces of %d KiB", (sizeBytes, kib) => {
  expect(pageChunkBytes(sizeBytes)).toBe(kib * KIB);
});

test("a database that outgrew a bound keeps the size of its pieces", () => {
  const parent = { sizeBytes: 500 * MIB, firstBlobBytes: 16 * KIB };
  expect(pageChunkBytes(600 * MIB, parent)).toBe(16 * KIB);
  expect(pageChunkBytes(10 * MIB, { sizeBytes: 3000 * MIB, firstBlobBytes: 64 * KIB })).toBe(
    64 * KIB,
  );
});

test("a parent of one blob, or cut by restic, says nothing", () => {
  const whole = { sizeBytes: 64 * KIB, firstBlobBytes: 64 * KIB };
  expect(pageChunkBytes(80 * KIB, whole)).toBe(16 * KIB);
  expect(pageChunkBytes(600 * MIB, { sizeBytes: 600 * MIB, firstBlobBytes: 1_351_372 })).toBe(
    32 * KIB,
  );
});
