import { hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  compressZstd,
  createSealer,
  generateMasterKey,
} from "../../../../lib/repository/crypto/index.ts";
import { encodeBlob, openBlob } from "../../../../lib/repository/pack/index.ts";
import type { PackBlob } from "../../../../lib/repository/types.ts";

const sealer = createSealer(generateMasterKey());
const idOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

function stored(plaintext: Uint8Array, payload: Uint8Array, isCompressed: boolean) {
  const bytes = sealer.seal(payload);
  const blob: PackBlob = {
    type: "data",
    id: idOf(plaintext),
    offsetBytes: 0,
    lengthBytes: bytes.length,
    uncompressedBytes: isCompressed ? plaintext.length : undefined,
  };
  return { blob, bytes };
}

test.each([
  ["text", Buffer.alloc(5000, "some text "), true],
  ["random bytes", randomBytes(5000), false],
  ["no bytes", Buffer.alloc(0), false],
  ["one byte", Buffer.of(7), false],
])("a data blob of %s is compressed only when that helps", (_, plaintext, isCompressed) => {
  const blob = encodeBlob("data", idOf(plaintext), plaintext);
  expect(blob.uncompressedBytes).toBe(isCompressed ? plaintext.length : undefined);
  expect(blob.lengthBytes).toBe(blob.payload.length + 32);
  const place = { ...blob, offsetBytes: 0 };
  expect(openBlob(place, sealer.seal(blob.payload), sealer)).toEqual(plaintext);
});

test("a tree is compressed in any case", () => {
  const plaintext = randomBytes(100);
  const blob = encodeBlob("tree", idOf(plaintext), plaintext);
  expect(blob.uncompressedBytes).toBe(100);
  expect(blob.lengthBytes).toBeGreaterThan(132);
});

test("level 1 serves up to 16 KiB, 3 above, unless one is given", () => {
  for (const [sizeBytes, level] of [
    [16_384, 1],
    [16_385, 3],
  ] as const) {
    const plaintext = Buffer.alloc(sizeBytes, randomBytes(900));
    const { payload } = encodeBlob("data", idOf(plaintext), plaintext);
    expect(payload).toEqual(compressZstd(plaintext, level));
    const best = encodeBlob("data", idOf(plaintext), plaintext, 19);
    expect(best.payload).toEqual(compressZstd(plaintext, 19));
  }
});

test("a blob whose content has another hash is damaged, and both hashes are named", () => {
  const { blob, bytes } = stored(Buffer.from("one"), Buffer.from("two"), false);
  expect(() => openBlob(blob, bytes, sealer)).toThrow(
    new RegExp(`data blob ${blob.id.slice(0, 8)} is damaged: .* hash ${idOf(Buffer.from("two"))}`),
  );
});

test.each([
  ["more", 5001],
  ["less", 4999],
])("a frame that holds %s than the header says is damaged", (_, said) => {
  const plaintext = Buffer.alloc(5000, "x");
  const { blob, bytes } = stored(plaintext, compressZstd(plaintext, 1), true);
  expect(() => openBlob({ ...blob, uncompressedBytes: said }, bytes, sealer)).toThrow("is damaged");
});

test("a blob with one bit changed or one byte missing is damaged", () => {
  const { blob, bytes } = stored(Buffer.from("content"), Buffer.from("content"), false);
  for (let i = 0; i < bytes.length; i++) {
    const flipped = Buffer.from(bytes);
    flipped[i] = (flipped[i] as number) ^ 1;
    expect(() => openBlob(blob, flipped, sealer)).toThrow("is damaged");
  }
  expect(() => openBlob(blob, bytes.subarray(1), sealer)).toThrow(
    "it has 38 bytes, expected are 39",
  );
});

test("a few bytes that claim to hold gigabytes are refused before anything is allocated", () => {
  const { blob, bytes } = stored(Buffer.alloc(10), compressZstd(Buffer.alloc(10), 1), true);
  expect(() => openBlob({ ...blob, uncompressedBytes: 2 ** 32 - 1 }, bytes, sealer)).toThrow(
    expect.objectContaining({ code: "limit-exceeded" }),
  );
});
