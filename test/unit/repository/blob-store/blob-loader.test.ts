import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { BlobIndex } from "../../../../lib/repository/index-file/index.ts";
import type { BlobHandle } from "../../../../lib/repository/types.ts";
import { type Scene, scene } from "./scene.ts";

async function saved(of: Scene, blobs: readonly Uint8Array[]): Promise<BlobHandle[]> {
  const handles: BlobHandle[] = [];
  for (const blob of blobs)
    handles.push({ type: "data", id: (await of.saver.save("data", blob)).id });
  await of.saver.flush();
  return handles;
}

/** The same blob in two packs, as two backups at once leave it. */
async function duplicated(of: Scene, content: Buffer): Promise<BlobHandle> {
  const { id } = await of.saver.save("data", content);
  await of.saver.flush();
  const empty = new BlobIndex();
  const other = of.newSaver({ index: empty });
  await other.save("data", content);
  await other.flush();
  of.index.merge(empty);
  return { type: "data", id };
}

async function damage(of: Scene, packId: string): Promise<void> {
  const key = `data/${packId.slice(0, 2)}/${packId}`;
  const bytes = Buffer.from(await of.storage.get(key, 2 ** 26));
  bytes[20] = (bytes[20] as number) ^ 1;
  await of.storage.put(key, bytes);
}

const gets = ({ storage }: Scene): number =>
  storage.calls.filter(({ call }) => call === "get").length;

test("many blobs of one pack come with one request, each once, and duplicates in the question too", async () => {
  const store = scene();
  const blobs = Array.from({ length: 50 }, (_, i) => randomBytes(1000 + i));
  const handles = await saved(store, blobs);
  const found = new Map<string, Buffer>();
  for await (const loaded of store.loader.loadMany([...handles, ...handles])) {
    if ("error" in loaded) throw loaded.error;
    expect(found.has(loaded.handle.id)).toBe(false);
    found.set(loaded.handle.id, loaded.bytes);
  }
  expect(handles.map(({ id }) => found.get(id))).toEqual(blobs);
  expect(gets(store)).toBe(1);
});

test("what lies far away in a pack is not read", async () => {
  const store = scene();
  const blobs = Array.from({ length: 40 }, () => randomBytes(10_000));
  const handles = await saved(store, blobs);
  const wanted = [handles[0], handles[39]] as BlobHandle[];
  for await (const loaded of store.loader.loadMany(wanted)) expect("bytes" in loaded).toBe(true);
  expect(gets(store)).toBe(2);
});

test("no more ranges are read ahead than allowed", async () => {
  const store = scene([], { packBytes: 4 * 2 ** 20 });
  const handles = await saved(
    store,
    Array.from({ length: 9 }, () => randomBytes(3 * 2 ** 20)),
  );
  let ahead = 0;
  for await (const loaded of store.loader.loadMany(handles, { concurrency: 2 })) {
    expect("bytes" in loaded).toBe(true);
    ahead += 1;
    expect(gets(store)).toBeLessThanOrEqual(ahead + 2);
  }
  expect(gets(store)).toBe(9);
});

test("a blob that no index knows comes with its error, and the others come", async () => {
  const store = scene();
  const [known] = await saved(store, [Buffer.from("x")]);
  const unknown: BlobHandle = { type: "tree", id: "ab".repeat(32) };
  const codes: string[] = [];
  for await (const loaded of store.loader.loadMany([unknown, known as BlobHandle])) {
    codes.push("error" in loaded ? loaded.error.code : "loaded");
  }
  expect(codes).toEqual(["data-missing", "loaded"]);
  await expect(store.loader.load(unknown)).rejects.toThrow("tree blob abababab stands in no index");
});

test.each(["first", "second"])(
  "a blob that is damaged in the %s of two packs is read from the other",
  async (which) => {
    const store = scene();
    const content = Buffer.from("content");
    const handle = await duplicated(store, content);
    const places = store.index.places(handle);
    expect(places).toHaveLength(2);
    await damage(store, places[which === "first" ? 0 : 1]?.packId ?? "");
    expect(await store.loader.load(handle)).toEqual(content);
    for await (const loaded of store.loader.loadMany([handle])) {
      expect(loaded).toEqual({ handle, bytes: content });
    }
  },
);

test("a blob whose pack is missing is read from another pack", async () => {
  const store = scene();
  const content = Buffer.from("content");
  const handle = await duplicated(store, content);
  const packId = store.index.find(handle)?.packId ?? "";
  await store.storage.delete(`data/${packId.slice(0, 2)}/${packId}`);
  expect(await store.loader.load(handle)).toEqual(content);
  for await (const loaded of store.loader.loadMany([handle])) {
    expect(loaded).toEqual({ handle, bytes: content });
  }
});

test("damage is reported for its blob alone, with its pack", async () => {
  const store = scene();
  const handles = await saved(store, [Buffer.from("one"), Buffer.from("two")]);
  const packId = store.index.find(handles[0] as BlobHandle)?.packId ?? "";
  await damage(store, packId);
  const results: string[] = [];
  for await (const loaded of store.loader.loadMany(handles)) {
    results.push("error" in loaded ? loaded.error.message : loaded.bytes.toString());
  }
  expect(results[0]).toMatch(
    new RegExp(`^pack ${packId.slice(0, 8)}: data blob [0-9a-f]{8} is damaged: .* MAC`),
  );
  expect(results[1]).toBe("two");
  await expect(store.loader.load(handles[0] as BlobHandle)).rejects.toMatchObject({
    code: "data-corrupt",
    details: { packId, offsetBytes: 0 },
  });
});

test("a pack that is cut short loses only the blobs behind the cut", async () => {
  const store = scene();
  const handles = await saved(store, [randomBytes(100), randomBytes(100), randomBytes(100)]);
  const packId = store.index.find(handles[0] as BlobHandle)?.packId ?? "";
  const key = `data/${packId.slice(0, 2)}/${packId}`;
  await store.storage.put(key, (await store.storage.get(key, 2 ** 20)).subarray(0, 200));
  const results: string[] = [];
  for await (const loaded of store.loader.loadMany(handles)) {
    results.push("error" in loaded ? loaded.error.code : "loaded");
  }
  expect(results).toEqual(["loaded", "data-corrupt", "data-corrupt"]);
});

test("a storage that does not answer is no damage: it ends the reading", async () => {
  const store = scene([{ on: "get", error: "storage-access-denied", times: 2 }]);
  const handles = await saved(store, [Buffer.from("x")]);
  const read = async () => {
    for await (const loaded of store.loader.loadMany(handles)) expect(loaded).toBeUndefined();
  };
  await expect(read()).rejects.toMatchObject({ code: "storage-access-denied" });
  await expect(store.loader.load(handles[0] as BlobHandle)).rejects.toMatchObject({
    code: "storage-access-denied",
  });
});

test("an index that claims gigabytes for a blob makes nobody read them", async () => {
  const store = scene();
  const id = "ab".repeat(32);
  const blob = { type: "data" as const, id, offsetBytes: 0, lengthBytes: 2 ** 32 - 1 };
  store.index.addPack({ packId: id, blobs: [{ ...blob, uncompressedBytes: undefined }] });
  await expect(store.loader.load(blob)).rejects.toMatchObject({ code: "limit-exceeded" });
  expect(gets(store)).toBe(0);
});

test("reading ends when it is cancelled", async () => {
  const store = scene();
  const handles = await saved(store, [Buffer.from("x")]);
  const signal = AbortSignal.abort();
  const read = async () => {
    for await (const loaded of store.loader.loadMany(handles, { signal })) expect(loaded).toBe(0);
  };
  await expect(read()).rejects.toMatchObject({ code: "cancelled" });
});
