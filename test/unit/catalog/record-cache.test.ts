import { expect, test } from "vitest";
import { backupKeys, openCatalog } from "../../../lib/catalog/index.ts";
import {
  MemoryStorage,
  type ObjectStorage,
  openDirectoryStorage,
} from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { type FaultyStorage, faultyStorage } from "../../helpers/faulty-storage.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { idAt, keysIn, putBackup, utf8 } from "./stored.ts";

const IDS = ["19", "20", "21"].map((day) => idAt(`2026-11-${day}T03:00:00Z`));
const box = { instance: "box" };
const CACHE_KEY = "s/box.json";

async function storageOf(ids: readonly string[] = IDS): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (const id of ids) await putBackup(storage, id);
  return storage;
}

async function listWith(storage: ObjectStorage, cache: ObjectStorage, id = "s") {
  const watched = faultyStorage(storage, []);
  const catalog = openCatalog({ storages: [{ id, storage: watched }], cache, clock: fakeClock() });
  const list = await catalog.list(box);
  return { ...list, ids: list.backups.map((backup) => backup.id), reads: recordReads(watched) };
}

const recordReads = ({ calls }: FaultyStorage): number =>
  calls.filter(({ call, key }) => call === "get" && key.endsWith("/backup.json")).length;

test("a record is read once, and the second list reads none and says the same", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  const first = await listWith(storage, cache);
  expect(first.reads).toBe(3);
  const second = await listWith(storage, cache);
  expect(second.reads).toBe(0);
  expect(second.backups).toEqual(first.backups);
  expect(await keysIn(cache)).toEqual([CACHE_KEY]);
});

test("an unchanged cache is not written again", async () => {
  const storage = await storageOf();
  const cache = faultyStorage(new MemoryStorage(), []);
  for (let n = 0; n < 3; n++) await listWith(storage, cache);
  expect(cache.calls.filter(({ call }) => call === "put").length).toBe(1);
});

test("a new backup costs one read, a deleted one none, and both are noticed", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  await listWith(storage, cache);
  await storage.delete(backupKeys("box", IDS[0] ?? "").record);
  const added = idAt("2026-11-22T03:00:00Z");
  await putBackup(storage, added);
  const { ids, reads } = await listWith(storage, cache);
  expect({ ids, reads }).toEqual({ ids: [added, IDS[2], IDS[1]], reads: 1 });
  const text = new TextDecoder().decode(await cache.get(CACHE_KEY, 1_000_000));
  expect(text).not.toContain(IDS[0]);
});

test("a record that was replaced is read again", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  await listWith(storage, cache);
  await storage.put(backupKeys("box", IDS[1] ?? "").record, utf8("[]"));
  const { problems, reads } = await listWith(storage, cache);
  expect(reads).toBe(1);
  expect(problems).toMatchObject([{ error: { code: "data-corrupt" } }]);
});

test("damage beside a cached record is noticed", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  await listWith(storage, cache);
  await storage.delete(backupKeys("box", IDS[1] ?? "").archive);
  const { problems, reads } = await listWith(storage, cache);
  expect(reads).toBe(0);
  expect(problems).toMatchObject([{ error: { code: "data-missing" } }]);
});

test("a broken cache is as good as none, and is replaced", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  await listWith(storage, cache);
  const whole = await cache.get(CACHE_KEY, 1_000_000);
  const broken: Uint8Array[] = [
    ...[utf8(""), utf8("\n"), utf8("{}"), utf8(`${"0".repeat(64)}\n{}`), whole.subarray(0, 200)],
    ...[whole.subarray(0, -1), Buffer.concat([whole, utf8("\n")]), new Uint8Array(1000)],
  ];
  for (let index = 0; index < whole.length; index += 97) {
    const flipped = Uint8Array.from(whole);
    flipped[index] = (flipped[index] ?? 0) ^ 1;
    broken.push(flipped);
  }
  for (const bytes of broken) {
    await cache.put(CACHE_KEY, bytes);
    const { ids, reads } = await listWith(storage, cache);
    expect({ count: ids.length, reads }).toEqual({ count: 3, reads: 3 });
    expect(await cache.get(CACHE_KEY, 1_000_000)).toEqual(whole);
  }
});

test("a cache that can neither be read nor written hides nothing", async () => {
  const storage = await storageOf();
  const failing = faultyStorage(new MemoryStorage(), [{ error: "home-unusable", times: 99 }]);
  const { ids, problems } = await listWith(storage, failing);
  expect(ids.length).toBe(3);
  expect(problems).toEqual([]);
  const tooLarge = faultyStorage(new MemoryStorage(), [{ on: "get", error: "limit-exceeded" }]);
  expect((await listWith(storage, tooLarge)).ids.length).toBe(3);
});

test("another place under the same id does not meet the old one's records", async () => {
  await using dir = await tempDir();
  const cache = new MemoryStorage();
  await listWith(await storageOf(), cache);
  const other = await openDirectoryStorage({ path: dir.join("other"), create: true });
  await putBackup(other, IDS[0] ?? "", { name: "of the other place" });
  const { backups, reads } = await listWith(other, cache);
  expect(backups).toMatchObject([{ name: "of the other place" }]);
  expect(reads).toBe(1);
});

test("two storages and two instances keep caches of their own", async () => {
  const cache = new MemoryStorage();
  const storage = await storageOf();
  await putBackup(storage, IDS[0] ?? "", { instance: "crate" });
  await listWith(storage, cache, "one");
  await listWith(storage, cache, "two");
  const catalog = openCatalog({ storages: [{ id: "one", storage }], cache, clock: fakeClock() });
  expect((await catalog.list({ instance: "all" })).backups.length).toBe(4);
  expect(await keysIn(cache)).toEqual(["one/box.json", "one/crate.json", "two/box.json"]);
});

test("lists at the same time share a cache without harm", async () => {
  const storage = await storageOf();
  const cache = new MemoryStorage();
  const lists = await Promise.all(Array.from({ length: 8 }, () => listWith(storage, cache)));
  for (const { ids } of lists) expect(ids.length).toBe(3);
  expect((await listWith(storage, cache)).reads).toBe(0);
});

test("records with line breaks and lone surrogates in their texts come back from the cache", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, IDS[0] ?? "", { name: "a\nb\u2028c\ud800", tags: ["\n", ""] });
  const cache = new MemoryStorage();
  const first = await listWith(storage, cache);
  const second = await listWith(storage, cache);
  expect(second.reads).toBe(0);
  expect(second.backups).toEqual(first.backups);
});

test("thousands of backups are listed, cached, and found", async () => {
  const storage = new MemoryStorage();
  const cache = new MemoryStorage();
  const count = 3_000;
  const start = Date.UTC(2026, 0, 1);
  const ids = Array.from({ length: count }, (_, n) =>
    idAt(new Date(start + n * 600_000).toISOString().replace(/\.000Z/, "Z")),
  );
  for (const id of ids) await putBackup(storage, id);
  expect((await listWith(storage, cache)).reads).toBe(count);
  const again = await listWith(storage, cache);
  expect(again.reads).toBe(0);
  expect(again.ids).toEqual(ids.toReversed());
  const catalog = openCatalog({ storages: [{ id: "s", storage }], cache, clock: fakeClock() });
  expect((await catalog.find("latest~2999", box)).id).toBe(ids[0]);
});
