import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { looksLikeNoise, MemberCompressor } from "../../../../lib/archive/write/compress.ts";

const TEXT = Buffer.from("the quick brown fox jumps over the lazy dog ".repeat(10_000));

test.each([0, 1, 6, 9])(
  "a compressor makes gzip members without a time, the same from the same bytes, at level %d",
  async (level) => {
    using compressor = new MemberCompressor(level);
    const compress = async (bytes: Uint8Array): Promise<Buffer> =>
      Buffer.concat(await compressor.compress(bytes));
    for (const bytes of [TEXT, randomBytes(100_000), Buffer.alloc(0), Buffer.alloc(1_048_576)]) {
      const packed = await compress(bytes);
      expect([...packed.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
      expect(Buffer.compare(await compress(bytes), packed)).toBe(0);
    }
  },
);

test("a compressor works on several members at once and keeps them apart", async () => {
  using compressor = new MemberCompressor(1);
  const all = Array.from({ length: 12 }, (_, i) =>
    i % 3 === 0 ? randomBytes(1_048_576) : Buffer.from(`${i} `.repeat(100_000 + i)),
  );
  const packed = await Promise.all(all.map((bytes) => compressor.compress(bytes)));
  for (const [i, chunks] of packed.entries()) {
    expect(gunzipSync(Buffer.concat(chunks)).equals(all[i] as Buffer)).toBe(true);
  }
});

test("a compressor stores noise and shrinks everything else", async () => {
  using compressor = new MemberCompressor(1);
  const lengthOf = async (bytes: Uint8Array): Promise<number> =>
    Buffer.concat(await compressor.compress(bytes)).length;
  const noise = randomBytes(1_000_000);
  expect(await lengthOf(noise)).toBeLessThan(noise.length + 200);
  expect(await lengthOf(TEXT)).toBeLessThan(TEXT.length / 20);
});

test("members share the memory they come in, so that little of it is held for nothing", async () => {
  using compressor = new MemberCompressor(1);
  const buffers = new Set<ArrayBufferLike>();
  let bytes = 0;
  for (let i = 0; i < 400; i++) {
    for (const chunk of await compressor.compress(TEXT)) {
      buffers.add(chunk.buffer);
      bytes += chunk.length;
    }
  }
  expect(buffers.size).toBeLessThan(bytes / 262_144 + 2);
});

test("a compressor that is disposed of fails what it was working on", async () => {
  const compressor = new MemberCompressor(9);
  const packing = compressor.compress(TEXT);
  compressor[Symbol.dispose]();
  await expect(packing).rejects.toMatchObject({ code: "cancelled" });
});

test("looksLikeNoise tells media from text and from embeddings", () => {
  const floats = new Float32Array(100_000).map((_, i) => Math.sin(i) * 0.1);
  expect(looksLikeNoise(randomBytes(1_000_000))).toBe(true);
  expect(looksLikeNoise(TEXT)).toBe(false);
  expect(looksLikeNoise(new Uint8Array(floats.buffer))).toBe(false);
  expect(looksLikeNoise(randomBytes(1000))).toBe(false);
});
