import { expect, test } from "vitest";
import { type BackupKind, deleteArchive, openCatalog } from "../../../lib/catalog/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, keysIn, putBackup, utf8 } from "./stored.ts";

const NATIVE = "2026-11-20T08-36-45.918+05-30-openclaw-backup";
const open = (storage: ObjectStorage) =>
  openCatalog({ storages: [{ id: "s", storage }], clock: fakeClock() });

test("an archive that openclaw made is listed for every instance, as belonging to none", async () => {
  const storage = new MemoryStorage();
  await storage.put(`${NATIVE}.tar.gz`, utf8("native"));
  for (const instance of ["box", "crate", "all"]) {
    const { backups } = await open(storage).list({ instance });
    expect(backups).toMatchObject([
      {
        ...{ id: NATIVE, kind: "native", instance: "", objectKey: `${NATIVE}.tar.gz` },
        ...{ createdAt: "2026-11-20T03:06:45.918Z", storedBytes: 6, scope: { full: false } },
      },
    ]);
    expect(backups[0]).not.toHaveProperty("fileListKey");
    expect(backups[0]).not.toHaveProperty("sha256");
  }
});

test("one in an instance's folder belongs to that instance", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, idAt("2026-11-21T03:00:00Z"));
  await storage.put(`box/${NATIVE}.tar.gz`, utf8("native"));
  const ids = async (instance: string) =>
    (await open(storage).list({ instance, kinds: ["native"] })).backups.map((one) => one.instance);
  expect(await ids("box")).toEqual(["box"]);
  expect(await ids("crate")).toEqual([]);
  expect(await ids("all")).toEqual(["box"]);
});

test.each<[string, readonly BackupKind[] | undefined, readonly string[]]>([
  ["everything", undefined, ["archive", "native"]],
  ["natives", ["native"], ["native"]],
  ["archives", ["archive"], ["archive"]],
  ["snapshots", ["snapshot"], []],
])("%s can be asked for alone", async (_, kinds, expected) => {
  const storage = new MemoryStorage();
  await storage.put(`${NATIVE}.tar.gz`, utf8("native"));
  await putBackup(storage, idAt("2026-11-21T03:00:00Z"));
  const { backups } = await open(storage).list({ instance: "box", kinds });
  expect(backups.map((backup) => backup.kind)).toEqual(expected);
});

test("one that was given a name of its own is found when natives are asked for", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, idAt("2026-11-21T03:00:00Z"));
  await putBackup(storage, idAt("2026-11-21T03:00:00Z"), { instance: "crate" });
  const names = ["aa", "before-update", "zz"].map((name) => `${name}-openclaw-backup`);
  for (const name of names) await storage.put(`${name}.tar.gz`, utf8("x"));
  await storage.put("box/mine-openclaw-backup.tar.gz", utf8("x"));
  await storage.put("crate/other-openclaw-backup.tar.gz", utf8("x"));
  const { backups } = await open(storage).list({ instance: "box", kinds: ["native"] });
  expect(backups.map((backup) => backup.id).toSorted()).toEqual(
    [...names, "mine-openclaw-backup"].toSorted(),
  );
});

test("to find those, whole folders are passed over instead of being listed", async () => {
  let seen = 0;
  class CountingStorage extends MemoryStorage {
    override async *list(...args: Parameters<MemoryStorage["list"]>) {
      for await (const object of super.list(...args)) {
        seen++;
        yield object;
      }
    }
  }
  const storage = new CountingStorage();
  for (let n = 0; n < 300; n++) await storage.put(`box/repository/data/${n}`, utf8("x"));
  await storage.put("box/\u{10ffff}/x", utf8("x"));
  await storage.put("box/\u{10ffff}\u{10ffff}/x", utf8("x"));
  await storage.put("zz-openclaw-backup.tar.gz", utf8("x"));
  const { backups } = await open(storage).list({ instance: "box", kinds: ["native"] });
  expect(backups.map((backup) => backup.id)).toEqual(["zz-openclaw-backup"]);
  expect(seen).toBeLessThan(20);
});

test.each([
  "2026-11-20T08-36-45.918+00-00-openclaw-backup.tar",
  "2026-11-20T08-36-45.918+00-00-openclaw-backup.tar.gz.gpg",
  "2026-11-20.tar.gz",
  "20/x-openclaw-backup.tar.gz",
])("%s is none", async (key) => {
  const storage = new MemoryStorage();
  await storage.put(key, utf8("x"));
  const { backups } = await open(storage).list({ instance: "box" });
  expect(backups).toEqual([]);
});

test("one whose name tells no real time has that of its object", async () => {
  const clock = fakeClock(new Date("2026-11-21T05:00:00Z"));
  const storage = new MemoryStorage({ clock });
  await storage.put("2026-99-20T08-36-45.918+00-00-openclaw-backup.tar.gz", utf8("x"));
  const { backups } = await open(storage).list({ instance: "box" });
  expect(backups).toMatchObject([{ createdAt: "2026-11-21T05:00:00.000Z" }]);
});

test("it is never the latest and never chosen by a time, but by its name", async () => {
  const storage = new MemoryStorage();
  await storage.put(`${NATIVE}.tar.gz`, utf8("native"));
  const catalog = open(storage);
  for (const selector of ["latest", "now"]) {
    await expect(catalog.find(selector, { instance: "box" })).rejects.toMatchObject({
      code: "archive-not-found",
    });
  }
  expect((await catalog.find(NATIVE, { instance: "box" })).id).toBe(NATIVE);
  expect((await catalog.find("2026-11-20T08", { instance: "box" })).id).toBe(NATIVE);
});

test("credentials that end at the instance's folder see what lies in it", async () => {
  const memory = new MemoryStorage();
  await memory.put(`box/${NATIVE}.tar.gz`, utf8("native"));
  const storage = faultyStorage(memory, [
    { on: "list", key: "20", error: "storage-access-denied", times: 99 },
  ]);
  const list = await open(storage).list({ instance: "box" });
  expect(list).toMatchObject({ backups: [{ id: NATIVE }], problems: [] });
});

test("it can be deleted", async () => {
  const storage = new MemoryStorage();
  await storage.put(`${NATIVE}.tar.gz`, utf8("native"));
  await deleteArchive(storage, await open(storage).find(NATIVE, { instance: "box" }));
  expect(await keysIn(storage)).toEqual([]);
});
