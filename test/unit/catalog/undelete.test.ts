import { expect, test } from "vitest";
import { BackupError } from "../../../lib/base/index.ts";
import { applyUndelete, listDeleted, planUndelete } from "../../../lib/catalog/index.ts";
import { MemoryStorage, type PutStreamOptions } from "../../../lib/storage/index.ts";
import { collect } from "../../helpers/chunks.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";

const ID = "20261121T030000Z-k3f9xq";
const OTHER = "20261121T040000Z-aaaaaa";
const SNAPSHOT = "ab".repeat(32);
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A bucket in which each change takes a minute. */
function bucket() {
  const clock = fakeClock();
  const storage = new MemoryStorage({ versioning: true, clock });
  const read = async (key: string): Promise<string> =>
    Buffer.from(await storage.get(key, 1000)).toString();
  const change = async (work: () => Promise<unknown>): Promise<Date> => {
    clock.advance(60_000);
    await work();
    return clock.now();
  };
  return {
    storage,
    read,
    put: (key: string, text: string) => change(() => storage.put(key, bytes(text))),
    remove: (key: string) => change(() => storage.delete(key)),
    undelete: async (id?: string, at?: Date) => {
      const plan = await planUndelete(storage, { instance: "agent", id, at });
      await applyUndelete(storage, plan);
      return plan.items.map(({ key }) => key.slice("agent/".length));
    },
  };
}

test("an archive comes back with its record last, and nothing else does", async () => {
  const { storage, put, remove, read, undelete } = bucket();
  const keys = ["backup.json", "archive.tar.gz", "files.jsonl.gz"];
  for (const id of [ID, OTHER]) {
    for (const key of keys) await put(`agent/archives/${id}/${key}`, `${id} ${key}`);
    for (const key of keys) await remove(`agent/archives/${id}/${key}`);
  }
  expect(await listDeleted(storage, "agent")).toMatchObject([{ id: OTHER }, { id: ID }]);
  const back = await undelete(ID);
  expect(back).toEqual(
    ["archive.tar.gz", "files.jsonl.gz", "backup.json"].map((key) => `archives/${ID}/${key}`),
  );
  expect(await read(`agent/archives/${ID}/archive.tar.gz`)).toBe(`${ID} archive.tar.gz`);
  expect(await collect(storage.list(`agent/archives/${OTHER}/`))).toEqual([]);
  expect(await listDeleted(storage, "agent")).toMatchObject([{ id: OTHER }]);
  expect(await undelete(ID)).toEqual([]);
});

test("what was replaced comes back as it was first written, or as it was at a time", async () => {
  const { put, read, undelete } = bucket();
  const key = `agent/archives/${ID}/archive.tar.gz`;
  await put(key, "good");
  const then = await put(key, "bad");
  await put(key, "worse");
  await undelete(undefined, then);
  expect(await read(key)).toBe("bad");
  await undelete(ID);
  expect(await read(key)).toBe("good");
});

test("a snapshot comes back with the packs and indexes of the moment it was deleted", async () => {
  const { put, remove, read, undelete } = bucket();
  await put("agent/repository/config", "config");
  await put("agent/repository/data/aa/1", "pack");
  await put("agent/repository/index/1", "index");
  await put(`agent/repository/snapshots/${SNAPSHOT}`, "snapshot");
  await put("agent/repository/locks/1", "lock");
  await remove("agent/repository/locks/1");
  await remove(`agent/repository/snapshots/${SNAPSHOT}`);
  await put("agent/repository/index/2", "index after prune");
  await remove("agent/repository/index/1");
  await remove("agent/repository/data/aa/1");
  expect(await undelete(SNAPSHOT.slice(0, 8))).toEqual([
    "repository/data/aa/1",
    "repository/index/1",
    `repository/snapshots/${SNAPSHOT}`,
  ]);
  expect(await read("agent/repository/index/2")).toBe("index after prune");
});

test("everything of the instance comes back as of a time; what came later, and other instances, stay", async () => {
  const { storage, put, remove, read, undelete } = bucket();
  await put("other/archives/x/backup.json", "theirs");
  const then = await put(`agent/archives/${ID}/backup.json`, "old");
  await put(`agent/archives/${OTHER}/backup.json`, "new");
  await remove(`agent/archives/${ID}/backup.json`);
  await remove("other/archives/x/backup.json");
  expect(await undelete(undefined, then)).toEqual([`archives/${ID}/backup.json`]);
  expect(await read(`agent/archives/${OTHER}/backup.json`)).toBe("new");
  expect(await collect(storage.list("other/"))).toEqual([]);
});

test("where nothing may be replaced, what somebody put into the place is deleted first", async () => {
  const { storage, put, read, remove, undelete } = bucket();
  const key = `agent/archives/${ID}/archive.tar.gz`;
  await put(key, "good");
  await remove(key);
  await put(key, "garbage");
  const real = storage.putStream.bind(storage);
  storage.putStream = async (name, body, options: PutStreamOptions = {}) => {
    if (!options.ifAbsent) throw new BackupError("storage-access-denied", "no");
    return await real(name, body, options);
  };
  await undelete(ID);
  expect(await read(key)).toBe("good");
});

test("a failure in the middle is gone on with by the next call", async () => {
  const { storage, put, remove, undelete } = bucket();
  for (const key of ["archive.tar.gz", "backup.json"])
    await put(`agent/archives/${ID}/${key}`, key);
  for (const key of ["archive.tar.gz", "backup.json"]) await remove(`agent/archives/${ID}/${key}`);
  const real = storage.putStream.bind(storage);
  storage.putStream = async (name, body, options) => {
    if (name.endsWith("backup.json")) throw new BackupError("storage-unavailable", "cut");
    return await real(name, body, options);
  };
  await expect(undelete(ID)).rejects.toMatchObject({ code: "storage-unavailable" });
  storage.putStream = real;
  expect(await undelete(ID)).toEqual([`archives/${ID}/backup.json`]);
});

test("says so where there are no versions, or none of that backup", async () => {
  const plain = new MemoryStorage();
  const wish = { instance: "agent", id: ID };
  await expect(planUndelete(plain, wish)).rejects.toMatchObject({ code: "not-supported" });
  await expect(bucket().undelete(ID)).rejects.toMatchObject({ code: "archive-not-found" });
  await expect(bucket().undelete("abcdef12")).rejects.toMatchObject({ code: "archive-not-found" });
});
