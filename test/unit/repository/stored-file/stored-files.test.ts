import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ErrorCode, isBackupError } from "../../../../lib/base/index.ts";
import {
  compressZstd,
  createSealer,
  generateMasterKey,
} from "../../../../lib/repository/crypto/index.ts";
import {
  createStoredFiles,
  idOf,
  objectKeyOf,
  saveRawFile,
} from "../../../../lib/repository/stored-file/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../../lib/storage/index.ts";
import { collect } from "../../../helpers/chunks.ts";

const sealer = createSealer(generateMasterKey());
const files = (storage: ObjectStorage, version: 1 | 2 = 2) =>
  createStoredFiles({ storage, sealer, version });
const has = (...codes: ErrorCode[]) => expect.toSatisfy((error) => isBackupError(error, ...codes));
const JSON_BYTES = Buffer.from(`{"packs":[${'"pack",'.repeat(1000)}1]}`);

describe.each([1, 2] as const)("in a repository of version %i", (version) => {
  test("a document comes back, under the hash of its stored bytes", async () => {
    const storage = new MemoryStorage();
    for (const kind of ["index", "snapshot", "lock"] as const) {
      const id = await files(storage, version).save(kind, JSON_BYTES);
      expect((await files(storage, version).load(kind, id)).equals(JSON_BYTES)).toBe(true);
      const stored = await storage.get(objectKeyOf(kind, id), 1 << 20);
      expect(idOf(stored)).toBe(id);
      // Version 1 stores JSON as it is, version 2 a byte 2 and a zstd frame.
      const encoded = sealer.open(stored);
      expect(encoded[0]).toBe(version === 1 ? 0x7b : 2);
      expect(encoded.length < JSON_BYTES.length).toBe(version === 2);
    }
  });
});

test("plain JSON is read in version 2, because an upgraded repository holds both", async () => {
  const storage = new MemoryStorage();
  for (const text of ["{}", "[]"]) {
    const id = await saveRawFile(storage, "index", sealer.seal(Buffer.from(text)));
    expect((await files(storage).load("index", id)).toString()).toBe(text);
  }
});

test("an encoding that is not known, an empty file and another key's file are refused", async () => {
  const storage = new MemoryStorage();
  const foreign = createSealer(generateMasterKey());
  const cases: [Buffer, ErrorCode, RegExp][] = [
    [sealer.seal(Buffer.of(3, 1, 2)), "unsupported-format", /encoding 3/],
    [sealer.seal(Buffer.alloc(0)), "data-corrupt", /empty/],
    [sealer.seal(Buffer.of(2, 1, 2)), "data-corrupt", /no frame/],
    [foreign.seal(Buffer.from("{}")), "data-corrupt", /MAC does not hold/],
    [randomBytes(10), "data-corrupt", /10 bytes/],
  ];
  for (const [bytes, code, message] of cases) {
    const id = await saveRawFile(storage, "snapshot", bytes);
    const loading = files(storage).load("snapshot", id);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toEqual(has(code));
    await expect(loading).rejects.toThrow(`snapshot ${id.slice(0, 8)}: `);
  }
});

test("a file that is missing, changed, cut off, extended or exchanged with another is told", async () => {
  const storage = new MemoryStorage();
  const id = await files(storage).save("index", JSON_BYTES);
  const other = await files(storage).save("index", Buffer.from("{}"));
  const key = objectKeyOf("index", id);
  const good = Buffer.from(await storage.get(key, 1 << 20));
  const flipped = Buffer.from(good);
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  const otherBytes = await storage.get(objectKeyOf("index", other), 1 << 20);
  for (const bad of [
    flipped,
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.of(0)]),
    otherBytes,
  ]) {
    await storage.put(key, bad);
    await expect(files(storage).load("index", id)).rejects.toEqual(has("data-corrupt"));
  }
  await storage.delete(key);
  await expect(files(storage).load("index", id)).rejects.toEqual(has("data-missing"));
});

test("a document beyond its bound is neither read nor written", async () => {
  const storage = new MemoryStorage();
  const large = Buffer.alloc(65 * 1024, "{");
  await expect(files(storage).save("lock", large)).rejects.toEqual(
    has("limit-exceeded", "data-corrupt"),
  );
  const stored = sealer.seal(Buffer.concat([Buffer.of(2), compressZstd(large, 3)]));
  const id = await saveRawFile(storage, "lock", stored);
  await expect(files(storage).load("lock", id)).rejects.toEqual(has("data-corrupt"));
  const raw = await saveRawFile(storage, "lock", randomBytes(65 * 1024));
  await expect(files(storage).load("lock", raw)).rejects.toEqual(has("limit-exceeded"));
});

test("nothing is stored that would not read back", () => {
  const lying = { ...sealer, open: () => Buffer.from("{}") };
  const broken = createStoredFiles({ storage: new MemoryStorage(), sealer: lying, version: 1 });
  expect(() => broken.seal("index", JSON_BYTES)).toThrow(/would not read back/);
});

test("lists each kind by id, with packs from their folders, and passes over what has no id", async () => {
  const storage = new MemoryStorage();
  const packs = await Promise.all([1, 2, 3].map((n) => saveRawFile(storage, "pack", Buffer.of(n))));
  const [first = ""] = packs;
  await storage.put("data/README", Buffer.of());
  await storage.put(`data/zz/${first}`, Buffer.of());
  await storage.put("index/notes.txt", Buffer.of());
  const listed = await collect(files(storage).list("pack"));
  expect(listed.map(({ id }) => id)).toEqual([...packs].sort());
  expect(listed.map(({ sizeBytes }) => sizeBytes)).toEqual([1, 1, 1]);
  expect(await collect(files(storage).list("index"))).toEqual([]);

  await files(storage).delete("pack", first);
  await files(storage).delete("pack", first);
  expect(await collect(files(storage).list("pack"))).toHaveLength(2);
});
