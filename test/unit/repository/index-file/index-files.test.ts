import { expect, test } from "vitest";
import { BackupError } from "../../../../lib/base/index.ts";
import {
  decodeIndex,
  encodeIndex,
  IndexWriter,
  loadBlobIndex,
  rebuildBlobIndex,
} from "../../../../lib/repository/index-file/index.ts";
import type { PackContents } from "../../../../lib/repository/types.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { somePack } from "./samples.ts";

function writer() {
  const files: PackContents[][] = [];
  const clock = fakeClock();
  const saveIndex = async (json: Uint8Array) => {
    files.push([...decodeIndex(json)]);
    return "00".repeat(32);
  };
  return { files, clock, writer: new IndexWriter({ saveIndex, clock }) };
}

test("an index file is written at 50,000 blobs, with all blobs of the last pack", async () => {
  const scene = writer();
  for (let i = 0; i < 4; i++) await scene.writer.add(somePack(13_000));
  expect(scene.files.map((packs) => packs.length)).toEqual([4]);
  await scene.writer.add(somePack(1));
  await scene.writer.flush();
  await scene.writer.flush();
  expect(scene.files.map((packs) => packs.length)).toEqual([4, 1]);
});

test("what was stored for ten minutes gets its index before the run ends", async () => {
  const scene = writer();
  await scene.writer.add(somePack(1));
  scene.clock.advance(9 * 60_000);
  await scene.writer.add(somePack(1));
  expect(scene.files).toEqual([]);
  scene.clock.advance(60_000);
  await scene.writer.add(somePack(1));
  expect(scene.files.map((packs) => packs.length)).toEqual([3]);
  scene.clock.advance(9 * 60_000);
  await scene.writer.add(somePack(1));
  expect(scene.files).toHaveLength(1);
});

test("index files are read into one index", async () => {
  const packs = Array.from({ length: 7 }, () => somePack(3));
  const files = new Map(packs.map((pack, i) => [`${i}`, encodeIndex([pack])]));
  const load = async (id: string) => files.get(id) as Uint8Array;
  const index = await loadBlobIndex(files.keys(), load, { limit: 3 });
  expect([...index.packs()].map(({ packId }) => packId)).toEqual(packs.map(({ packId }) => packId));
});

test("a damaged index file is not passed over", async () => {
  const load = async () => Buffer.from('{"packs":[{}]}');
  await expect(loadBlobIndex(["a"], load, { limit: 3 })).rejects.toThrow("index is damaged");
});

test("an index is rebuilt from the packs that can be read, and the others are named", async () => {
  const packs = Array.from({ length: 5 }, () => somePack(2));
  const stored = packs.map(({ packId }) => ({ packId, sizeBytes: 500 }));
  const load = async ({ packId }: { packId: string }) => {
    if (packId === packs[2]?.packId) throw new BackupError("data-corrupt", "damaged");
    return packs.find((pack) => pack.packId === packId) as PackContents;
  };
  const { index, unreadable } = await rebuildBlobIndex(stored, load, { limit: 2 });
  expect(index.packCount).toBe(4);
  expect(unreadable.map(({ packId }) => packId)).toEqual([packs[2]?.packId]);
});

test("a storage that fails while an index is rebuilt ends it, so that no pack is taken for damaged", async () => {
  const load = async () => {
    throw new BackupError("storage-unavailable", "no answer");
  };
  const stored = [{ packId: "aa".repeat(32), sizeBytes: 500 }];
  await expect(rebuildBlobIndex(stored, load, { limit: 2 })).rejects.toThrow("no answer");
});
