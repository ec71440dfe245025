import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DEFAULT_ARCHIVE_LIMITS } from "../../../../lib/archive/index.ts";
import { unpack } from "../../../../lib/archive/read/unpack.ts";
import { chunksOf, readAll } from "../../../helpers/chunks.ts";
import { rawEntry, rawTar } from "../../../helpers/tar-blocks.ts";

const TAR = rawTar(rawEntry({ name: "a" }, "hello"), rawEntry({ name: "b" }, "x".repeat(3000)));
const HALVES = [TAR.subarray(0, 1000), TAR.subarray(1000)];
const ZEROS = Buffer.alloc(1000);

const run = (bytes: Uint8Array, chunkSize: number, maxExpansion = 1100) =>
  readAll(
    unpack(chunksOf(bytes, chunkSize), {
      limits: { ...DEFAULT_ARCHIVE_LIMITS, maxExpansion },
      signal: undefined,
    }),
  );

const join = (pack: (bytes: Uint8Array) => Uint8Array): Buffer => Buffer.concat(HALVES.map(pack));

describe.each([1, 7, 100_000])("unpack, in chunks of %d bytes,", (size) => {
  test.each([
    ["a tar", TAR],
    ["gzip", gzipSync(TAR)],
    ["two gzip members", join((half) => gzipSync(half))],
    ["gzip and zeros", Buffer.concat([gzipSync(TAR), ZEROS])],
    ["zstd", zstdCompressSync(TAR)],
    ["two zstd frames", join((half) => zstdCompressSync(half))],
    ["zstd and zeros", Buffer.concat([zstdCompressSync(TAR), ZEROS])],
  ])("takes %s", async (_, bytes) => {
    expect((await run(bytes, size)).equals(TAR)).toBe(true);
  });

  test.each([
    ["gzip and rubbish", Buffer.concat([gzipSync(TAR), Buffer.from("rubbish")])],
    ["gzip, zeros and rubbish", Buffer.concat([gzipSync(TAR), ZEROS, Buffer.from("rubbish")])],
    ["gzip, zeros and another member", Buffer.concat([gzipSync(TAR), ZEROS, gzipSync(TAR)])],
    ["a second member cut short", Buffer.concat([gzipSync(TAR), gzipSync(TAR).subarray(0, 15)])],
    ["zstd and rubbish", Buffer.concat([zstdCompressSync(TAR), Buffer.from("rubbish")])],
    ["zstd cut short", zstdCompressSync(TAR).subarray(0, -3)],
  ])("refuses %s", async (_, bytes) => {
    await expect(run(bytes, size)).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello ".repeat(200))],
    ["zeros", Buffer.alloc(2000)],
    ["a short tar", TAR.subarray(0, 300)],
  ])("does not recognise %s", async (_, bytes) => {
    await expect(run(bytes, size)).rejects.toMatchObject({ code: "unsupported-format" });
  });
});

test("unpack refuses gzip cut anywhere", async () => {
  const packed = gzipSync(TAR);
  for (let end = 2; end < packed.length; end++) {
    await expect(run(packed.subarray(0, end), 64)).rejects.toMatchObject({ code: "data-corrupt" });
  }
});

test("unpack says that an archive is encrypted", async () => {
  const message = Buffer.concat([Uint8Array.of(0xc3, 0x2e, 4, 9), Buffer.alloc(600, 1)]);
  await expect(run(message, 100)).rejects.toMatchObject({
    message: expect.stringContaining("encrypted"),
  });
});

test("unpack stops a bomb once it is plain that it is one", async () => {
  const member = gzipSync(Buffer.alloc(1 << 20));
  const bomb = Buffer.concat(Array.from({ length: 100 }, () => member));
  const limits = { ...DEFAULT_ARCHIVE_LIMITS, maxExpansion: 500 };
  let unpackedBytes = 0;
  const reading = async (): Promise<void> => {
    const chunks = unpack(chunksOf(bomb, 1000), { limits, signal: undefined });
    for await (const chunk of chunks) unpackedBytes += chunk.length;
  };
  await expect(reading()).rejects.toMatchObject({ code: "limit-exceeded" });
  expect(unpackedBytes).toBeLessThan(70 << 20);
});

test("unpack takes zeros as dense as gzip can pack them", async () => {
  const packed = gzipSync(Buffer.concat([TAR.subarray(0, -1024), Buffer.alloc(80 << 20)]), {
    level: 9,
  });
  expect((await run(packed, 65_536)).length).toBeGreaterThan(80 << 20);
});

test("unpack passes on what its source throws, and closes it when its consumer leaves", async () => {
  const failure = new Error("connection lost");
  const failing = (async function* () {
    yield gzipSync(TAR).subarray(0, 20);
    throw failure;
  })();
  const options = { limits: DEFAULT_ARCHIVE_LIMITS, signal: undefined };
  await expect(readAll(unpack(failing, options))).rejects.toBe(failure);
  let isClosed = false;
  const endless = (async function* () {
    try {
      yield TAR;
      for (;;) yield Buffer.alloc(512);
    } finally {
      isClosed = true;
    }
  })();
  for await (const _ of unpack(endless, options)) break;
  expect(isClosed).toBe(true);
});
