import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import {
  compressZstd,
  decompressZstd,
  decompressZstdUpTo,
} from "../../../../lib/repository/crypto/index.ts";

const isCorrupt = (error: unknown): boolean => isBackupError(error, "data-corrupt");

test.each([0, 1, 63, 64, 65, 5000, 65_536, 65_537, 3_000_000])("%i bytes come back", (length) => {
  for (const plaintext of [randomBytes(length), Buffer.alloc(length, "some text, ")]) {
    for (const level of [1, 3, 9]) {
      const frame = compressZstd(plaintext, level);
      expect(decompressZstd(frame, length).equals(plaintext)).toBe(true);
      expect(decompressZstdUpTo(frame, length + 1).equals(plaintext)).toBe(true);
    }
  }
});

test("a frame states the size of its content and has no checksum", () => {
  for (const length of [0, 100, 70_000]) {
    const descriptor = compressZstd(Buffer.alloc(length, "ab"), 3)[4] ?? 0;
    expect(descriptor & 0b0000_0100).toBe(0);
    // A content size of one byte is told by "single segment" with size flag 0.
    expect(descriptor >> 6 !== 0 || (descriptor & 0b0010_0000) !== 0).toBe(true);
  }
});

test("a frame that holds more or less than announced is refused", () => {
  const frame = compressZstd(Buffer.alloc(1000), 3);
  for (const announced of [0, 1, 63, 999, 1001, 100_000]) {
    expect(() => decompressZstd(frame, announced)).toThrow(expect.toSatisfy(isCorrupt));
  }
  expect(() => decompressZstd(compressZstd(Buffer.of(1), 3), 0)).toThrow(
    expect.toSatisfy(isCorrupt),
  );
});

test("a bomb is refused before it takes more memory than announced", () => {
  const bomb = compressZstd(Buffer.alloc(200 << 20), 3);
  const before = process.memoryUsage.rss();
  expect(() => decompressZstdUpTo(bomb, 1 << 20)).toThrow(/more than 1048576 bytes/);
  expect(process.memoryUsage.rss() - before).toBeLessThan(50 << 20);
});

test("truncated, flipped and random bytes are refused or decompress within the bound", () => {
  const frame = compressZstd(Buffer.from("text that is compressed ".repeat(100)), 3);
  for (let length = 0; length < frame.length; length += 1) {
    expect(() => decompressZstd(frame.subarray(0, length), 2400)).toThrow(
      expect.toSatisfy(isCorrupt),
    );
  }
  const attempt = (bytes: Uint8Array): void => {
    try {
      expect(decompressZstdUpTo(bytes, 10_000).length).toBeLessThanOrEqual(10_000);
    } catch (error) {
      expect(error).toSatisfy(isCorrupt);
    }
  };
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const damaged = Buffer.from(frame);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    attempt(damaged);
  }
  for (let length = 0; length < 300; length += 1) attempt(randomBytes(length));
});
