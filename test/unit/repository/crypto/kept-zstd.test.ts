import { randomBytes } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { compressZstd, decompressZstd } from "../../../../lib/repository/crypto/index.ts";
import {
  compressKept,
  decompressKept,
  isOneWholeFrame,
  MAX_KEPT_BYTES,
} from "../../../../lib/repository/crypto/kept-zstd.ts";

const PARAMS = {
  [constants.ZSTD_c_checksumFlag]: 0,
  [constants.ZSTD_c_contentSizeFlag]: 1,
};

function publicly(plaintext: Uint8Array, level: number): Buffer {
  const params = { ...PARAMS, [constants.ZSTD_c_compressionLevel]: level };
  return zstdCompressSync(plaintext, { pledgedSrcSize: plaintext.byteLength, params });
}

function samples(): Buffer[] {
  const text = Buffer.from("text that repeats, and does not quite: 0123456789\n".repeat(30_000));
  return [1, 2, 100, 4096, 16_384, 65_536, 131_072, 131_073, 500_000, MAX_KEPT_BYTES].flatMap(
    (length) => [text.subarray(0, length), randomBytes(length), Buffer.alloc(length)],
  );
}

test("a kept context works on this Node, and makes the frames of the public call", () => {
  for (const plaintext of samples()) {
    for (const level of [1, 3]) {
      const options = { params: { ...PARAMS, [constants.ZSTD_c_compressionLevel]: level } };
      const frame = compressKept(plaintext, level, options);
      expect(frame?.equals(publicly(plaintext, level))).toBe(true);
      expect(decompressKept(frame as Buffer, plaintext.length)?.equals(plaintext)).toBe(true);
    }
  }
});

test("after frames that are damaged in any way, good ones come out as they were", () => {
  const plaintext = Buffer.from("a blob of some length, ".repeat(300));
  const frame = compressZstd(plaintext, 3);
  const damaged = [
    ...Array.from({ length: frame.length }, (_, length) => frame.subarray(0, length)),
    ...Array.from({ length: frame.length }, (_, at) => {
      const flipped = Buffer.from(frame);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      return flipped;
    }),
    Buffer.concat([frame, frame]),
    Buffer.concat([frame, Buffer.of(0)]),
    randomBytes(1000),
  ];
  for (const bytes of damaged) {
    for (const announced of [plaintext.length, plaintext.length - 1, plaintext.length + 1]) {
      try {
        // What is damaged within the content alone may decompress; the blob's hash tells then.
        expect(decompressZstd(bytes, announced)).toHaveLength(announced);
      } catch (error) {
        expect(error).toMatchObject({ code: "data-corrupt" });
      }
      expect(decompressZstd(frame, plaintext.length).equals(plaintext)).toBe(true);
    }
  }
});

test("only exactly one frame counts as a whole one", () => {
  for (const plaintext of samples()) {
    const frame = publicly(plaintext, 3);
    expect(isOneWholeFrame(frame)).toBe(true);
    for (const wrong of [
      frame.subarray(0, -1),
      frame.subarray(1),
      Buffer.concat([frame, Buffer.of(0)]),
      Buffer.concat([frame, frame]),
    ]) {
      expect(isOneWholeFrame(wrong)).toBe(false);
    }
  }
  const checked = zstdCompressSync(Buffer.alloc(1000), {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
  expect(isOneWholeFrame(checked)).toBe(true);
  expect(isOneWholeFrame(Buffer.alloc(0))).toBe(false);
});
