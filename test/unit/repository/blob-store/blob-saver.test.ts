import { hash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import { MIN_PACK_BYTES, Packer } from "../../../../lib/repository/pack/index.ts";
import { scene } from "./scene.ts";

const MIB = 1024 * 1024;
const SMALL_PACKS = { packBytes: MIN_PACK_BYTES };

test("what is saved and flushed is found by another process, and comes back", async () => {
  const { saver, reload, newLoader } = scene();
  const tree = Buffer.from('{"nodes":[]}\n');
  const data = Buffer.from("content");
  const { id: treeId } = await saver.save("tree", tree);
  const { id: dataId } = await saver.save("data", data, { id: hash("sha256", data, "hex") });
  await saver.flush();
  const loader = newLoader(await reload());
  expect(await loader.load({ type: "tree", id: treeId })).toEqual(tree);
  expect(await loader.load({ type: "data", id: dataId })).toEqual(data);
  expect(saver.totals).toMatchObject({ dataBlobs: 1, treeBlobs: 1, addedBytes: 20 });
});

test("data and trees never share a pack", async () => {
  const { saver, index } = scene();
  for (let i = 0; i < 20; i++) await saver.save(i % 2 ? "data" : "tree", Buffer.from(`${i}`));
  await saver.flush();
  const types = [...index.packs()].map(({ blobs }) => new Set(blobs.map(({ type }) => type)));
  expect(types.map((set) => [...set])).toEqual([["data"], ["tree"]]);
});

test("a blob is stored once: in one pack, in one run, and in the next", async () => {
  const { saver, newSaver, index, keys } = scene();
  const saved = [
    await saver.save("data", Buffer.from("x")),
    await saver.save("data", Buffer.from("x")),
    await saver.save("tree", Buffer.from("x")),
  ];
  expect(saved.map(({ isNew }) => isNew)).toEqual([true, false, true]);
  await saver.flush();
  expect((await saver.save("data", Buffer.from("x"))).isNew).toBe(false);
  const next = newSaver();
  expect((await next.save("data", Buffer.from("x"))).isNew).toBe(false);
  await next.flush();
  expect(index.blobCount).toBe(2);
  expect(await keys("data/")).toHaveLength(2);
  expect(await keys("index/")).toHaveLength(1);
});

test("a flush without anything new writes nothing", async () => {
  const { saver, keys } = scene();
  await saver.flush();
  expect(await keys("")).toEqual([]);
});

test("packs lie where restic looks for them, each under its hash", async () => {
  const { saver, keys, storage } = scene();
  await saver.save("data", Buffer.from("x"));
  await saver.flush();
  const [key = ""] = await keys("data/");
  const id = hash("sha256", await storage.get(key, MIB), "hex");
  expect(key).toBe(`data/${id.slice(0, 2)}/${id}`);
});

test("no more packs are under way than allowed, and their buffers serve again", async () => {
  const { saver, storage } = scene([], { ...SMALL_PACKS, uploads: 2 });
  let underWay = 0;
  let most = 0;
  const buffers = new Set<ArrayBufferLike>();
  const put = storage.put;
  storage.put = async (key, body, options) => {
    most = Math.max(most, ++underWay);
    if (key.startsWith("data/")) buffers.add(body.buffer);
    await delay(5);
    const result = await put(key, body, options);
    underWay -= 1;
    return result;
  };
  for (let i = 0; i < 40; i++) await saver.save("data", randomBytes(MIB));
  await saver.flush();
  expect(most).toBe(2);
  expect(buffers.size).toBeLessThanOrEqual(4);
});

test("an index is stored after the packs that it names, never before", async () => {
  const { saver, storage, keys } = scene([], { ...SMALL_PACKS, uploads: 4 });
  const put = storage.put;
  storage.put = async (key, body, options) => {
    if (key.startsWith("data/")) await delay(Math.random() * 20);
    else expect(await keys("data/")).toHaveLength(5);
    return await put(key, body, options);
  };
  for (let i = 0; i < 15; i++) await saver.save("data", randomBytes(MIB));
  await saver.flush();
  expect(await keys("index/")).toHaveLength(1);
});

test.each([
  ["first", 1],
  ["second", 2],
  ["last", 4],
])(
  "when the %s pack cannot be stored, no index names it and every later call says why",
  async (_, nth) => {
    const { saver, index, keys, reload } = scene([{ on: "put", key: /^data\//, nth }], {
      ...SMALL_PACKS,
      uploads: 1,
    });
    const work = async () => {
      for (let i = 0; i < 11; i++) await saver.save("data", randomBytes(MIB));
      await saver.flush();
    };
    await expect(work()).rejects.toMatchObject({ code: "storage-unavailable" });
    await expect(saver.flush()).rejects.toMatchObject({ code: "storage-unavailable" });
    await expect(saver.save("data", Buffer.from("more"))).rejects.toThrow("fails by script");
    expect(await keys("index/")).toEqual([]);
    expect((await keys("data/")).length).toBe(index.packCount);
    expect((await reload()).blobCount).toBe(0);
  },
);

test("when the index cannot be stored, later flushes do not pretend that it was", async () => {
  const { saver, keys } = scene([{ on: "put", key: /^index\// }]);
  await saver.save("data", Buffer.from("x"));
  await expect(saver.flush()).rejects.toMatchObject({ code: "storage-unavailable" });
  await expect(saver.flush()).rejects.toMatchObject({ code: "storage-unavailable" });
  expect(await keys("index/")).toEqual([]);
  expect(await keys("data/")).toHaveLength(1);
});

test("a pack whose answer was lost is not named either", async () => {
  const { saver, keys, index } = scene([{ on: "put", key: /^data\//, at: "response" }]);
  await saver.save("data", Buffer.from("x"));
  await expect(saver.flush()).rejects.toMatchObject({ code: "storage-unavailable" });
  expect(await keys("data/")).toHaveLength(1);
  expect(index.packCount).toBe(0);
});

test("a blob that is not what its id says stops the saver, and is not taken for stored", async () => {
  const { saver, keys } = scene();
  await saver.save("data", Buffer.from("x"), { id: "ab".repeat(32) });
  await expect(saver.flush()).rejects.toMatchObject({ code: "internal" });
  await expect(saver.save("data", Buffer.from("y"))).rejects.toMatchObject({ code: "internal" });
  expect(await keys("")).toEqual([]);
});

test("bytes that change while they are stored are noticed", async () => {
  const { saver, storage, index } = scene();
  const put = storage.put;
  storage.put = async (key, body, options) => {
    if (key.startsWith("data/")) body[3] = (body[3] as number) ^ 1;
    return await put(key, body, options);
  };
  await saver.save("data", Buffer.from("x"));
  await expect(saver.flush()).rejects.toThrow("its bytes changed meanwhile");
  expect(index.packCount).toBe(0);
});

test("saving that is given up breaks off what is under way and ends", async () => {
  const { saver, storage, index } = scene([], SMALL_PACKS);
  storage.put = (_key, _body, options) =>
    new Promise((_resolve, reject) => {
      options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
    });
  for (let i = 0; i < 5; i++) await saver.save("data", randomBytes(MIB));
  await saver[Symbol.asyncDispose]();
  await expect(saver.flush()).rejects.toMatchObject({ code: "cancelled" });
  expect(index.packCount).toBe(0);
});

test("many callers at once store each blob once", async () => {
  const { saver, index, reload } = scene([], SMALL_PACKS);
  const blobs = Array.from({ length: 30 }, () => randomBytes(300_000));
  await Promise.all([...blobs, ...blobs].map((blob) => saver.save("data", blob)));
  await saver.flush();
  expect(index.blobCount).toBe(30);
  expect((await reload()).blobCount).toBe(30);
});

test("a pack that a worker made is stored like one of our own", async () => {
  const { saver, newSaver, reload } = scene();
  const plaintext = Buffer.from("from a worker");
  const id = hash("sha256", plaintext, "hex");
  expect(saver.reserve({ type: "data", id })).toBe(true);
  expect(saver.reserve({ type: "data", id })).toBe(false);
  const packer = new Packer("data", createSealer(generateMasterKey()));
  packer.add(id, plaintext);
  const pack = packer.finish();
  let isReleased = false;
  if (pack !== undefined) {
    await saver.savePack(pack, () => {
      isReleased = true;
    });
  }
  await saver.flush();
  expect(isReleased).toBe(true);
  expect((await reload()).has({ type: "data", id })).toBe(true);
  expect(newSaver().reserve({ type: "data", id })).toBe(false);
});
