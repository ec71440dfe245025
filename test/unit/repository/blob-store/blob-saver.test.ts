import { hash, randomBytes, randomFillSync } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { MIN_PACK_BYTES } from "../../../../lib/repository/pack/index.ts";
import type { Fault } from "../../../helpers/faulty-storage.ts";
import { type Scene, scene } from "./scene.ts";

const MIB = 1024 * 1024;
const SMALL_PACKS = { packBytes: MIN_PACK_BYTES };

function inThread(script: readonly Fault[] = []): Scene {
  return scene(script, { ...SMALL_PACKS, inThread: true });
}

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

test("data after the first pack is packed in a thread, and comes back like the rest", async () => {
  const blobs = Array.from({ length: 24 }, (_, i) => randomBytes(i % 4 === 0 ? 2 * MIB : 200_000));
  const { saver, reload, newLoader, keys } = inThread();
  const ids: string[] = [];
  for (const blob of blobs) ids.push((await saver.save("data", blob)).id);
  const tree = await saver.save("tree", Buffer.from("{}"));
  await saver.flush();
  const index = await reload();
  const loader = newLoader(index);
  for (const [at, id] of ids.entries()) {
    expect((await loader.load({ type: "data", id })).equals(blobs[at] ?? Buffer.alloc(0))).toBe(
      true,
    );
  }
  expect(index.has({ type: "tree", id: tree.id })).toBe(true);
  expect(saver.totals).toMatchObject({ dataBlobs: 24, treeBlobs: 1 });
  expect((await keys("data/")).length).toBe(index.packCount);
  await saver[Symbol.asyncDispose]();
});

test("a thread packs on after a flush, and stores nothing twice", async () => {
  const { saver, reload } = inThread();
  const blobs = Array.from({ length: 12 }, () => randomBytes(MIB));
  for (const blob of blobs) await saver.save("data", blob);
  await saver.flush();
  const again = await Promise.all(blobs.map((blob) => saver.save("data", blob)));
  expect(again.every(({ isNew }) => !isNew)).toBe(true);
  const { id } = await saver.save("data", Buffer.from("one more"));
  await saver.flush();
  expect((await reload()).blobCount).toBe(13);
  expect((await reload()).has({ type: "data", id })).toBe(true);
  await saver[Symbol.asyncDispose]();
});

test("with a thread too, a caller may use the memory of a blob again at once", async () => {
  const { saver, reload, newLoader } = inThread();
  const memory = Buffer.alloc(MIB);
  const saved: Promise<{ id: string }>[] = [];
  for (let i = 0; i < 20; i++) {
    randomFillSync(memory);
    saved.push(saver.save("data", memory));
  }
  const ids = (await Promise.all(saved)).map(({ id }) => id);
  await saver.flush();
  const loader = newLoader(await reload());
  for (const id of ids)
    expect(hash("sha256", await loader.load({ type: "data", id }), "hex")).toBe(id);
  await saver[Symbol.asyncDispose]();
});

test("what a thread packed and could not be stored fails every later call, and no index is written", async () => {
  const { saver, keys } = inThread([{ on: "put", key: /^data/, nth: 2 }]);
  const saveAll = async () => {
    for (let i = 0; i < 24; i++) await saver.save("data", randomBytes(MIB));
    await saver.flush();
  };
  await expect(saveAll()).rejects.toMatchObject({ code: "storage-unavailable" });
  await expect(saver.flush()).rejects.toMatchObject({ code: "storage-unavailable" });
  await saver[Symbol.asyncDispose]();
  expect(await keys("index/")).toEqual([]);
});

test("a blob whose content is not what its hash says is found in the thread before its pack is stored", async () => {
  const { saver, keys } = inThread();
  for (let i = 0; i < 5; i++) await saver.save("data", randomBytes(MIB));
  await saver.save("data", Buffer.from("content"), { id: "0".repeat(64) });
  await expect(saver.flush()).rejects.toMatchObject({ code: "internal" });
  await saver[Symbol.asyncDispose]();
  expect(await keys("index/")).toEqual([]);
});

test("a saver with a thread that is disposed of in the middle ends at once", async () => {
  const { saver, keys } = inThread();
  for (let i = 0; i < 8; i++) await saver.save("data", randomBytes(MIB));
  await saver[Symbol.asyncDispose]();
  await expect(saver.save("data", Buffer.from("x"))).rejects.toMatchObject({ code: "cancelled" });
  expect(await keys("index/")).toEqual([]);
});
