import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { LoadedBlob } from "../../../../lib/repository/blob-store/index.ts";
import { OpenThread } from "../../../../lib/repository/open-thread/index.ts";
import { packSizeBytes } from "../../../../lib/repository/pack/index.ts";
import type { BlobHandle, IndexedBlob } from "../../../../lib/repository/types.ts";
import { type Scene, scene } from "../blob-store/scene.ts";

const GIB = 2 ** 30;

async function saved(of: Scene, blobs: readonly Uint8Array[]): Promise<BlobHandle[]> {
  const handles: BlobHandle[] = [];
  for (const blob of blobs) {
    handles.push({ type: "data", id: (await of.saver.save("data", blob)).id });
  }
  await of.saver.flush();
  return handles;
}

async function loadAll(
  of: Scene,
  handles: readonly BlobHandle[],
  thread?: OpenThread | undefined,
): Promise<Map<string, LoadedBlob>> {
  const found = new Map<string, LoadedBlob>();
  for await (const loaded of of.loader.loadMany(handles, { thread })) {
    found.set(loaded.handle.id, loaded);
  }
  return found;
}

/** What a blob came with: its text, or the code and text of its error. */
function described(loaded: LoadedBlob | undefined): string {
  if (loaded === undefined) return "nothing";
  if ("bytes" in loaded) return loaded.bytes.toString("latin1");
  const { code, message, details } = loaded.error;
  return `${code}: ${message} ${JSON.stringify(details)}`;
}

async function flip(of: Scene, { packId, offsetBytes }: IndexedBlob): Promise<void> {
  const key = `data/${packId.slice(0, 2)}/${packId}`;
  const bytes = Buffer.from(await of.storage.get(key, 2 ** 26));
  bytes[offsetBytes + 20] = (bytes[offsetBytes + 20] as number) ^ 1;
  await of.storage.put(key, bytes);
}

test("blobs come out of a thread as they do without one: small and large, compressed and not", async () => {
  const store = scene();
  const blobs = [
    Buffer.from("one"),
    Buffer.alloc(300_000, "text that compresses "),
    randomBytes(200_000),
    Buffer.alloc(3_000_000, 7),
  ];
  const handles = await saved(store, blobs);
  await using thread = new OpenThread(store.masterKey);
  const found = await loadAll(store, handles, thread);
  for (const [at, { id }] of handles.entries()) {
    const loaded = found.get(id);
    expect(
      loaded !== undefined && "bytes" in loaded && loaded.bytes.equals(blobs[at] as Buffer),
    ).toBe(true);
  }
});

test("damage comes with the same words as without a thread, for its blob alone", async () => {
  const store = scene();
  const handles = await saved(store, [Buffer.from("a"), Buffer.from("b"), Buffer.from("c")]);
  const damaged = store.index.find(handles[1] as BlobHandle);
  await flip(store, damaged as IndexedBlob);
  await using thread = new OpenThread(store.masterKey);
  const inThread = await loadAll(store, handles, thread);
  const here = await loadAll(store, handles);
  const ids = handles.map(({ id }) => id);
  expect(ids.map((id) => described(inThread.get(id)))).toEqual(
    ids.map((id) => described(here.get(id))),
  );
  expect(described(inThread.get(ids[1] as string))).toContain("data-corrupt");
  expect(described(inThread.get(ids[2] as string))).toBe("c");
});

test("what a thread finds damaged is read from another pack that has it", async () => {
  const store = scene();
  const [handle] = await saved(store, [Buffer.from("twice")]);
  const place = store.index.find(handle as BlobHandle) as IndexedBlob;
  const other = store.newSaver({ index: await scene().reload() });
  await other.save("data", Buffer.from("twice"));
  await other.flush();
  const both = await store.reload();
  await flip(store, place);
  await using thread = new OpenThread(store.masterKey);
  const found: string[] = [];
  for await (const loaded of store.newLoader(both).loadMany([handle as BlobHandle], { thread })) {
    found.push(described(loaded));
  }
  expect(found).toEqual(["twice"]);
});

test("a part of which an index claims gigabytes is not given to a thread, which would allocate them", () => {
  const honest = { type: "data", id: "0".repeat(64), offsetBytes: 0, lengthBytes: 100 } as const;
  expect(OpenThread.takes({ blobs: [{ ...honest, uncompressedBytes: 1000 }] })).toBe(true);
  const liar = { ...honest, uncompressedBytes: GIB };
  expect(packSizeBytes([liar])).toBeLessThan(1000);
  expect(OpenThread.takes({ blobs: [liar] })).toBe(false);
});

test("a blob that holds more than the index says is damage, and does not write over its neighbour", async () => {
  const store = scene();
  const [first, second] = await saved(store, [Buffer.alloc(5000, "a"), Buffer.alloc(5000, "b")]);
  const places = [first, second].map((handle) => store.index.find(handle as BlobHandle));
  const { packId } = places[0] as IndexedBlob;
  const bytes = await store.storage.get(`data/${packId.slice(0, 2)}/${packId}`, 2 ** 26);
  await using thread = new OpenThread(store.masterKey);
  const blobs = places.map((place) => ({ ...(place as IndexedBlob), uncompressedBytes: 100 }));
  const opened = await thread.open({ bytes, offsetBytes: 0, blobs });
  expect(opened.map((each) => ("error" in each ? each.error.code : "opened"))).toEqual([
    "data-corrupt",
    "data-corrupt",
  ]);
});

test("a thread that is disposed of fails what is under way and what comes later", async () => {
  const store = scene();
  const handles = await saved(store, [randomBytes(3_000_000)]);
  const thread = new OpenThread(store.masterKey);
  const loading = loadAll(store, handles, thread);
  await thread[Symbol.asyncDispose]();
  await expect(loading).rejects.toMatchObject({ code: "cancelled" });
  await expect(loadAll(store, handles, thread)).rejects.toMatchObject({ code: "cancelled" });
});
