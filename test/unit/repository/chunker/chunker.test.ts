import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import {
  Chunker,
  type ChunkerOptions,
  MAX_CHUNK_BYTES,
  MIN_CHUNK_BYTES,
} from "../../../../lib/repository/chunker/index.ts";
import { remainder } from "../../../../lib/repository/chunker/polynomial.ts";

/** 24 MiB of AES-128-CTR under a key and counter of zeros. */
function keystream(sizeBytes: number): Buffer {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(sizeBytes));
}

/** A polynomial of its tests, and the lengths that github.com/restic/chunker v0.4.0 gives for the first 24 MiB of that keystream, from a Go program of a few lines. */
const VECTORS: readonly (readonly [bigint, readonly number[]])[] = [
  [
    0x3da3358b4dc173n,
    [
      1065747, 1351372, 2829364, 1532396, 1806164, 1923570, 1040531, 3066319, 1087913, 2052735,
      1161368, 994885, 677787, 662147, 1102971, 2810555,
    ],
  ],
  [
    0x2482734cacca49n,
    [
      1753740, 700590, 979947, 677385, 1338935, 673843, 645967, 664159, 1350433, 1853169, 1176140,
      1170419, 534076, 716074, 674322, 719531, 577460, 1651212, 579937, 2030896, 1268541, 578663,
      1837644, 1012741,
    ],
  ],
];

const POLYNOMIAL = 0x3da3358b4dc173n;

function lengthsOf(chunker: Chunker, pieces: readonly Uint8Array[]): number[] {
  const lengths: number[] = [];
  let pending = 0;
  for (const piece of pieces) {
    let from = 0;
    for (const cut of chunker.push(piece)) {
      lengths.push(pending + cut - from);
      pending = 0;
      from = cut;
    }
    pending += piece.length - from;
  }
  return pending > 0 ? [...lengths, pending] : lengths;
}

function piecesOf(bytes: Uint8Array, size: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = size();
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

type Sizes = Readonly<Record<keyof ChunkerOptions, number>>;

/** By the definition, and slowly: the fingerprint of the last 64 bytes as one division. */
function lengthsByDefinition(bytes: Uint8Array, options: Sizes): number[] {
  const mask = (1n << BigInt(options.cutBits)) - 1n;
  const lengths: number[] = [];
  let start = 0;
  for (let end = 1; end <= bytes.length; end++) {
    const length = end - start;
    if (length < options.minBytes) continue;
    const window = BigInt(`0x${Buffer.from(bytes.subarray(end - 64, end)).toString("hex")}`);
    const isCut = (remainder(window, POLYNOMIAL) & mask) === 0n;
    if (!isCut && length < options.maxBytes) continue;
    lengths.push(length);
    start = end;
  }
  return start < bytes.length ? [...lengths, bytes.length - start] : lengths;
}

test.each(VECTORS)(
  "random bytes are cut where restic's chunker cuts them, with polynomial %s",
  (polynomial, expected) => {
    const bytes = keystream(24 * 1024 * 1024);
    const chunker = new Chunker(polynomial);
    expect(lengthsOf(chunker, [bytes])).toEqual(expected);
    chunker.reset();
    expect(
      lengthsOf(
        chunker,
        piecesOf(bytes, () => 65_521),
      ),
    ).toEqual(expected);
  },
);

test("zeros are cut at the minimum, as by restic's chunker", () => {
  const bytes = Buffer.alloc(4 * MIN_CHUNK_BYTES);
  const chunker = new Chunker(POLYNOMIAL);
  expect(chunker.push(bytes)).toEqual([1, 2, 3, 4].map((n) => n * MIN_CHUNK_BYTES));
  expect(chunker.push(bytes.subarray(0, MIN_CHUNK_BYTES - 1))).toEqual([]);
  expect(chunker.push(bytes.subarray(0, 1))).toEqual([1]);
});

test("a chunk without a place to cut ends at the maximum", () => {
  const bytes = Buffer.alloc(MAX_CHUNK_BYTES + 100, 1);
  expect(new Chunker(POLYNOMIAL).push(bytes)).toEqual([MAX_CHUNK_BYTES]);
  const chunker = new Chunker(POLYNOMIAL);
  expect(chunker.push(bytes.subarray(0, MAX_CHUNK_BYTES))).toEqual([MAX_CHUNK_BYTES]);
});

test("a file up to the minimum is never cut, and a reset forgets the one before", () => {
  const bytes = keystream(MIN_CHUNK_BYTES - 1);
  const chunker = new Chunker(POLYNOMIAL);
  for (let file = 0; file < 4; file++) {
    expect(chunker.push(bytes)).toEqual([]);
    chunker.reset();
  }
});

test("the cuts are those of the definition, for every way in which the bytes come", () => {
  const options = { minBytes: 100, maxBytes: 700, cutBits: 8 };
  const bytes = keystream(9_000);
  const expected = lengthsByDefinition(bytes, options);
  expect(new Set(expected).size).toBeGreaterThan(15);
  for (const size of [1, 2, 3, 31, 63, 64, 65, 99, 100, 101, 127, 128, 700, 4_096, 9_000]) {
    const chunker = new Chunker(POLYNOMIAL, options);
    expect(
      lengthsOf(
        chunker,
        piecesOf(bytes, () => size),
      ),
    ).toEqual(expected);
  }
  let n = 1;
  const uneven = piecesOf(bytes, () => (n = (n * 73) % 389));
  expect(lengthsOf(new Chunker(POLYNOMIAL, options), uneven)).toEqual(expected);
});

test("the smallest minimum is a window's length", () => {
  const options = { minBytes: 64, maxBytes: 64, cutBits: 8 };
  expect(new Chunker(POLYNOMIAL, options).push(keystream(200))).toEqual([64, 128, 192]);
  expect(() => new Chunker(POLYNOMIAL, { minBytes: 63 })).toThrow("out of range");
});

test("a polynomial of another degree is refused", () => {
  expect(() => new Chunker(0x3da3358b4dc17n)).toThrow("has degree 49, expected is 53");
});
