import { hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import {
  type FinishedPack,
  Packer,
  readPackHeader,
} from "../../../../lib/repository/pack/index.ts";

const sealer = createSealer(generateMasterKey());

function packOf(blobs: number): FinishedPack {
  const packer = new Packer("data", sealer);
  for (let i = 0; i < blobs; i++) {
    const plaintext = randomBytes(20);
    packer.add(hash("sha256", plaintext, "hex"), plaintext);
  }
  return packer.finish() as FinishedPack;
}

async function read(bytes: Uint8Array, sizeBytes: number = bytes.length) {
  const reads: [number, number][] = [];
  const range = async (offset: number, length: number) => {
    reads.push([offset, length]);
    return bytes.subarray(Math.max(0, offset), offset + length);
  };
  const pack = { packId: "ab".repeat(32), sizeBytes };
  return { contents: await readPackHeader(pack, range, sealer), reads };
}

test("one request reads the header of a usual pack, two that of one with thousands of blobs", async () => {
  for (const [blobs, requests] of [
    [1, 1],
    [1500, 1],
    [1790, 2],
  ] as const) {
    const { bytes, contents } = packOf(blobs);
    const { contents: found, reads } = await read(bytes);
    expect(found.blobs).toEqual(contents.blobs);
    expect(reads.length).toBe(requests);
  }
});

test("a pack that is too small for any is damaged, and not read", async () => {
  await expect(read(Buffer.alloc(104))).rejects.toThrow("104 bytes, the smallest has 105");
});

test.each([
  ["zero", 0],
  ["shorter than its encryption", 32],
  ["longer than the pack", 5000],
  ["four gigabytes", 0xffff_ffff],
])("a header length that is %s is damage", async (_, length) => {
  const bytes = Buffer.from(packOf(3).bytes);
  bytes.writeUInt32LE(length, bytes.length - 4);
  await expect(read(bytes)).rejects.toThrow(`its header has ${length} bytes`);
});

test("a header of more than 16 MiB is not read, though the pack is larger", async () => {
  const tail = Buffer.alloc(65_536);
  tail.writeUInt32LE(16 * 2 ** 20 + 1, tail.length - 4);
  let reads = 0;
  const range = async () => {
    reads += 1;
    return tail;
  };
  const pack = { packId: "ab".repeat(32), sizeBytes: 2 ** 30 };
  await expect(readPackHeader(pack, range, sealer)).rejects.toThrow("possible are 33 to 16777216");
  expect(reads).toBe(1);
});

test("a pack that is shorter than listed, or longer, is damaged", async () => {
  const { bytes } = packOf(2);
  await expect(read(bytes, bytes.length + 7)).rejects.toThrow(/could be read of its last/);
  const longer = Buffer.concat([Buffer.alloc(1), bytes]);
  await expect(read(longer)).rejects.toThrow(/the pack has/);
});

test("no damage to a pack's end gives anything but data-corrupt", async () => {
  const { bytes } = packOf(3);
  const headerStart = bytes.length - 4 - bytes.readUInt32LE(bytes.length - 4);
  for (let at = headerStart; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
    const cut = bytes.subarray(0, at);
    for (const damaged of [flipped, cut, randomBytes(bytes.length)]) {
      const error = await read(damaged).catch((thrown: unknown) => thrown);
      expect(isBackupError(error, "data-corrupt")).toBe(true);
    }
  }
});
