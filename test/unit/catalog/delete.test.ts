import { expect, test } from "vitest";
import {
  appendMark,
  backupKeys,
  deleteArchive,
  findUncommitted,
  openCatalog,
} from "../../../lib/catalog/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, keysIn, putBackup, utf8 } from "./stored.ts";

const A = idAt("2026-11-19T03:00:00Z", "a");
const B = idAt("2026-11-20T03:00:00Z", "b");
const find = (storage: ObjectStorage, id: string) =>
  openCatalog({ storages: [{ id: "s", storage }], clock: fakeClock() }).find(id, {
    instance: "box",
  });
const ids = async (storage: ObjectStorage) => {
  const catalog = openCatalog({ storages: [{ id: "s", storage }], clock: fakeClock() });
  const { backups, problems } = await catalog.list({ instance: "box" });
  expect(problems).toEqual([]);
  return backups.map((backup) => backup.id);
};

test("everything of a backup is removed, and nothing of another", async () => {
  const storage = new MemoryStorage();
  const [a, b] = [await putBackup(storage, A), await putBackup(storage, B)];
  for (const record of [a, b]) {
    await appendMark(storage, record, { kind: "verified", at: record.createdAt });
  }
  const before = await keysIn(storage);
  await deleteArchive(storage, await find(storage, A));
  expect(await keysIn(storage)).toEqual(before.filter((key) => key.includes(B)));
});

test("the record goes first", async () => {
  const memory = new MemoryStorage();
  await putBackup(memory, A);
  const storage = faultyStorage(memory, []);
  await deleteArchive(storage, await find(memory, A));
  const deleted = storage.calls.filter(({ call }) => call === "delete").map(({ key }) => key);
  const keys = backupKeys("box", A);
  expect(deleted).toEqual([keys.record, keys.archive, keys.fileList]);
});

test("a deletion that is cut anywhere leaves the backup whole or gone, and can be swept", async () => {
  for (let nth = 1; nth <= 4; nth++) {
    const memory = new MemoryStorage();
    const record = await putBackup(memory, A);
    await appendMark(memory, record, { kind: "verified", at: record.createdAt });
    const backup = await find(memory, A);
    const storage = faultyStorage(memory, [{ on: "delete", nth, times: 99 }]);
    await expect(deleteArchive(storage, backup)).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    expect(await ids(memory)).toEqual(nth === 1 ? [A] : []);
    const later = new Date("2100-01-01");
    const left = await findUncommitted(memory, "box", later);
    expect(left.map((one) => one.id)).toEqual(nth === 2 || nth === 3 ? [A] : []);
    await deleteArchive(memory, backup);
    expect(await keysIn(memory)).toEqual([]);
  }
});

test("a held backup is not removed, also when it was held after it was listed", async () => {
  const storage = new MemoryStorage();
  const record = await putBackup(storage, A);
  const listed = await find(storage, A);
  await appendMark(storage, record, { kind: "hold", at: "2026-11-20T00:00:00.000Z" });
  await expect(deleteArchive(storage, listed)).rejects.toMatchObject({
    code: "policy-refused",
    hint: `release it first: clawback release ${A}`,
  });
  expect(await ids(storage)).toEqual([A]);
  await appendMark(storage, record, { kind: "release", at: "2026-11-20T00:00:00.000Z" });
  await deleteArchive(storage, listed);
  expect(await keysIn(storage)).toEqual([]);
});

test("where the credentials may not delete, it is said who can, and nothing changed", async () => {
  const memory = new MemoryStorage();
  await putBackup(memory, A);
  const denied = { on: "delete" as const, error: "storage-access-denied" as const, times: 99 };
  await expect(
    deleteArchive(faultyStorage(memory, [denied]), await find(memory, A)),
  ).rejects.toMatchObject({
    code: "storage-access-denied",
    message: `backup ${A} cannot be removed: the credentials of storage s may not delete`,
    hint: expect.stringContaining("pruner"),
  });
  expect(await ids(memory)).toEqual([A]);
});

test("where marks may not be looked up, a backup that may be held is not removed", async () => {
  const memory = new MemoryStorage();
  await putBackup(memory, A);
  const storage = faultyStorage(memory, [
    { on: "list", key: /marks/, error: "storage-access-denied" },
  ]);
  await expect(deleteArchive(storage, await find(memory, A))).rejects.toMatchObject({
    code: "storage-access-denied",
  });
  expect(await ids(memory)).toEqual([A]);
});

test("two who remove the same backup at once both succeed", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const backup = await find(storage, A);
  await Promise.all([deleteArchive(storage, backup), deleteArchive(storage, backup)]);
  expect(await keysIn(storage)).toEqual([]);
});

test("a snapshot is not removed here", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const snapshot = { ...(await find(storage, A)), kind: "snapshot" as const };
  await expect(deleteArchive(storage, snapshot)).rejects.toMatchObject({ code: "not-supported" });
});

test("what a killed create left is found once nobody has added to it for long", async () => {
  const clock = fakeClock(new Date("2026-11-19T03:00:00Z"));
  const storage = new MemoryStorage({ clock });
  await storage.put(backupKeys("box", A).archive, utf8("12345"));
  clock.advance(86_400_000);
  await storage.put(backupKeys("box", A).fileList, utf8("123"));
  await storage.put(backupKeys("box", B).archive, utf8("1"));
  clock.advance(86_400_000);
  await putBackup(storage, idAt("2026-11-21T03:00:00Z"));
  const found = (time: string) => findUncommitted(storage, "box", new Date(time));
  expect(await found("2026-11-20T03:00:00Z")).toEqual([]);
  const left = await found("2026-11-20T03:00:00.001Z");
  expect(left).toMatchObject([
    { id: A, sizeBytes: 8, modifiedAt: new Date("2026-11-20T03:00:00Z") },
    { id: B, sizeBytes: 1 },
  ]);
  expect(left[0]?.objects.map((object) => object.key)).toEqual([
    backupKeys("box", A).archive,
    backupKeys("box", A).fileList,
  ]);
  expect(await findUncommitted(storage, "crate", new Date("2100-01-01"))).toEqual([]);
});
