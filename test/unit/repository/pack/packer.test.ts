import { hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import {
  encodeBlob,
  type FinishedPack,
  MAX_PACK_BYTES,
  MIN_PACK_BYTES,
  openBlob,
  PackBuilder,
  Packer,
  packSizeBytes,
  readPackHeader,
} from "../../../../lib/repository/pack/index.ts";
import type { Sealer } from "../../../../lib/repository/types.ts";

const sealer = createSealer(generateMasterKey());
const idOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");
const readFrom = (bytes: Uint8Array) => async (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

function pack(packer: Packer, plaintexts: readonly Uint8Array[]): FinishedPack[] {
  const packs = plaintexts.map((plaintext) => packer.add(idOf(plaintext), plaintext));
  return [...packs, packer.finish()].filter((each) => each !== undefined);
}

/** Ids of what is really in it. */
async function contentOf({ packId, bytes, contents }: FinishedPack): Promise<string[]> {
  expect(packId).toBe(idOf(bytes));
  expect(packSizeBytes(contents.blobs)).toBe(bytes.length);
  const listed = await readPackHeader({ packId, sizeBytes: bytes.length }, readFrom(bytes), sealer);
  expect(listed).toEqual(contents);
  return listed.blobs.map((blob) =>
    idOf(
      openBlob(blob, bytes.subarray(blob.offsetBytes, blob.offsetBytes + blob.lengthBytes), sealer),
    ),
  );
}

test("blobs come back from packs in the order in which they were added", async () => {
  const plaintexts = [Buffer.alloc(0), Buffer.from("a"), randomBytes(700), Buffer.alloc(99_999)];
  const [only, ...others] = pack(new Packer("data", sealer), plaintexts);
  expect(others).toEqual([]);
  expect(await contentOf(only as FinishedPack)).toEqual(plaintexts.map(idOf));
});

test("a packer without blobs makes no pack", () => {
  expect(new Packer("tree", sealer).finish()).toBeUndefined();
});

test("packs stay within their size, and hold nearly as much", async () => {
  const plaintexts = Array.from({ length: 110 }, () => randomBytes(100_000));
  const packs = pack(new Packer("data", sealer, { packBytes: MIN_PACK_BYTES }), plaintexts);
  const sizes = packs.map(({ bytes }) => bytes.length);
  expect(sizes.length).toBe(3);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MIN_PACK_BYTES);
  expect(sizes[0]).toBeGreaterThan(MIN_PACK_BYTES - 101_000);
  expect((await Promise.all(packs.map(contentOf))).flat()).toEqual(plaintexts.map(idOf));
});

test("a blob that fits no pack gets one of its own, and the open one goes on", async () => {
  const packer = new Packer("data", sealer, { packBytes: MIN_PACK_BYTES });
  const [before, large, after] = [randomBytes(10), randomBytes(MIN_PACK_BYTES), randomBytes(10)];
  const packs = pack(packer, [before, large, after]);
  expect(await Promise.all(packs.map(contentOf))).toEqual([
    [idOf(large)],
    [idOf(before), idOf(after)],
  ]);
});

test("the largest blob that fits shares a pack of exactly its size", () => {
  const packer = new Packer("data", sealer, { packBytes: MIN_PACK_BYTES });
  const plaintext = randomBytes(MIN_PACK_BYTES - 32 - 37 - 36);
  expect(packer.add(idOf(plaintext), plaintext)).toBeUndefined();
  expect(packer.finish()?.bytes.length).toBe(MIN_PACK_BYTES);
});

test("a buffer that is given back serves the next pack", () => {
  const packer = new Packer("data", sealer, { packBytes: MIN_PACK_BYTES });
  const first = pack(packer, [Buffer.from("one")])[0] as FinishedPack;
  packer.giveBack(first.bytes);
  const second = pack(packer, [Buffer.from("two")])[0] as FinishedPack;
  expect(second.bytes.buffer).toBe(first.bytes.buffer);
  packer.giveBack(randomBytes(100));
  expect(pack(packer, [Buffer.from("three")])[0]?.bytes.buffer.byteLength).toBe(MIN_PACK_BYTES);
});

test.each([MIN_PACK_BYTES - 1, MAX_PACK_BYTES + 1, Number.NaN])(
  "a pack size of %d is refused",
  (packBytes) => {
    expect(() => new Packer("data", sealer, { packBytes })).toThrow("out of range");
  },
);

test("a pack whose blob has not the content of its id is not given out", () => {
  const packer = new Packer("data", sealer);
  packer.add(idOf(Buffer.from("one")), Buffer.from("two"));
  expect(() => packer.finish()).toThrow(expect.objectContaining({ code: "internal" }));
});

test("a bit that falls over in memory is found before the pack is given out", () => {
  for (const at of [5, 40, 60, 100, 140]) {
    const buffer = Buffer.alloc(10_000);
    const faulty: Sealer = {
      ...sealer,
      sealInto: (plaintext, target, offset) => {
        const length = sealer.sealInto(plaintext, target, offset);
        if (at >= offset && at < offset + length) target[at] = (target[at] as number) ^ 4;
        return length;
      },
    };
    const builder = new PackBuilder("data", faulty, buffer);
    const plaintext = randomBytes(48);
    builder.add(encodeBlob("data", idOf(plaintext), plaintext));
    expect(() => builder.finish()).toThrow("would not read back, nothing was stored");
  }
});

test("a pack holds one type only, and no more than fits", () => {
  const builder = new PackBuilder("data", sealer, Buffer.alloc(200));
  const tree = encodeBlob("tree", idOf(Buffer.from("t")), Buffer.from("t"));
  const large = encodeBlob("data", idOf(Buffer.alloc(0)), randomBytes(96));
  expect(builder.isEmpty).toBe(true);
  expect(builder.hasRoomFor(large)).toBe(false);
  expect(() => builder.add(tree)).toThrow("does not belong");
  expect(() => builder.add(large)).toThrow("does not belong");
});
