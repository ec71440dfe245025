import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compressMember, looksLikeNoise } from "../../../../lib/archive/write/compress.ts";

const TEXT = Buffer.from("the quick brown fox jumps over the lazy dog ".repeat(10_000));

test.each([0, 1, 6, 9])(
  "compressMember makes a gzip member without a time, at level %d",
  async (level) => {
    for (const bytes of [TEXT, randomBytes(100_000), Buffer.alloc(0), Buffer.alloc(1_048_576)]) {
      const packed = await compressMember(bytes, level);
      expect([...packed.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
      expect(Buffer.compare(await compressMember(bytes, level), packed)).toBe(0);
    }
  },
);

test("compressMember stores noise and shrinks everything else", async () => {
  const noise = randomBytes(1_000_000);
  expect((await compressMember(noise, 1)).length).toBeLessThan(noise.length + 200);
  expect((await compressMember(TEXT, 1)).length).toBeLessThan(TEXT.length / 20);
});

test("compressMember holds no more memory than its result is long", async () => {
  const packed = await compressMember(TEXT, 1);
  expect(packed.buffer.byteLength).toBeLessThan(packed.length * 2 + 1);
});

test("looksLikeNoise tells media from text and from embeddings", () => {
  const floats = new Float32Array(100_000).map((_, i) => Math.sin(i) * 0.1);
  expect(looksLikeNoise(randomBytes(1_000_000))).toBe(true);
  expect(looksLikeNoise(TEXT)).toBe(false);
  expect(looksLikeNoise(new Uint8Array(floats.buffer))).toBe(false);
  expect(looksLikeNoise(randomBytes(1000))).toBe(false);
});
