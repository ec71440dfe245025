import fc from "fast-check";
import { expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import { decodeHeader, encodeHeader } from "../../../../lib/repository/pack/index.ts";
import type { PackBlob } from "../../../../lib/repository/types.ts";

const ID_A = "aa".repeat(32);
const ID_B = "0b".repeat(32);

const arbitraryBlobs = fc
  .array(
    fc.record({
      type: fc.constantFrom("data" as const, "tree" as const),
      id: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => Buffer.from(bytes).toString("hex")),
      lengthBytes: fc.integer({ min: 32, max: 100_000 }),
      uncompressedBytes: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((blobs) => {
    let offsetBytes = 0;
    return blobs.map((blob): PackBlob => {
      const placed = { ...blob, offsetBytes };
      offsetBytes += blob.lengthBytes;
      return placed;
    });
  });

const sumOf = (blobs: readonly PackBlob[]): number =>
  blobs.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);

test("a header has restic's bytes", () => {
  const blobs: PackBlob[] = [
    { type: "data", id: ID_A, offsetBytes: 0, lengthBytes: 0x112233, uncompressedBytes: undefined },
    { type: "tree", id: ID_B, offsetBytes: 0x112233, lengthBytes: 100, uncompressedBytes: 0x1234 },
  ];
  const header = encodeHeader(blobs);
  expect(header.toString("hex")).toBe(`0033221100${ID_A}036400000034120000${ID_B}`);
  expect(decodeHeader(header, sumOf(blobs))).toEqual(blobs);
});

test("what is encoded is decoded again, and only for a pack of the right size", () => {
  fc.assert(
    fc.property(arbitraryBlobs, fc.integer({ min: 1, max: 1000 }), (blobs, difference) => {
      const header = encodeHeader(blobs);
      expect(decodeHeader(header, sumOf(blobs))).toEqual(blobs);
      expect(() => decodeHeader(header, sumOf(blobs) + difference)).toThrow("pack header");
      expect(() => decodeHeader(header, sumOf(blobs) - difference)).toThrow("pack header");
    }),
  );
});

test.each([
  ["nothing", "", 0, "lists no blob"],
  ["an unknown type", `0420000000${ID_A}`, 32, "type 4"],
  ["an entry that is cut short", `0020000000${ID_A.slice(2)}`, 32, "cut short"],
  ["a compressed entry of a plain one's length", `0220000000${ID_A}`, 32, "cut short"],
  ["a blob that is shorter than its encryption", `001f000000${ID_A}`, 31, "31 bytes"],
  ["a compressed blob of no bytes", `022000000000000000${ID_A}`, 32, "has no bytes"],
  ["a blob longer than the pack", `00ffffffff${ID_A}`, 32, "lists no blob that fits"],
])("a header with %s is damaged", (_, hex, blobsBytes, message) => {
  expect(() => decodeHeader(Buffer.from(hex, "hex"), blobsBytes)).toThrow(message);
});

test("no damage makes the decoder do anything but refuse", () => {
  fc.assert(
    fc.property(arbitraryBlobs, fc.uint8Array({ maxLength: 60 }), fc.nat(), (blobs, noise, at) => {
      const header = encodeHeader(blobs);
      const position = at % header.length;
      const flipped = Buffer.from(header);
      flipped[position] = (flipped[position] as number) ^ (1 << (at % 8));
      const damaged = [
        header.subarray(0, position),
        flipped,
        Buffer.concat([header, noise]),
        noise,
      ];
      for (const bytes of damaged) expectBoundedAnswer(bytes, sumOf(blobs));
    }),
  );
});

function expectBoundedAnswer(bytes: Uint8Array, blobsBytes: number): void {
  try {
    expect(sumOf(decodeHeader(bytes, blobsBytes))).toBe(blobsBytes);
  } catch (error) {
    expect(isBackupError(error, "data-corrupt")).toBe(true);
  }
}
