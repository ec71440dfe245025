import { expect, test } from "vitest";
import {
  backupKeys,
  loadBackupRecord,
  probePrefix,
  saveBackupRecord,
} from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, keysIn, putBackup, recordOf, utf8 } from "./stored.ts";

const ID = idAt("2026-11-21T03:00:00Z");

test("every object of a backup lies in its folder", () => {
  expect(backupKeys("box", ID)).toEqual({
    folder: `box/archives/${ID}/`,
    archive: `box/archives/${ID}/archive.tar.gz`,
    encryptedArchive: `box/archives/${ID}/archive.tar.gz.gpg`,
    fileList: `box/archives/${ID}/files.jsonl.gz`,
    encryptedFileList: `box/archives/${ID}/files.jsonl.gz.gpg`,
    record: `box/archives/${ID}/backup.json`,
    marks: `box/marks/${ID}/`,
  });
  expect(probePrefix("box")).toBe("box/probe/");
});

test.each([
  ["../box", ID],
  ["all", ID],
  ["box", ".."],
  ["box", ""],
  ["box", "a/b"],
  ["box", "a\nb"],
])("instance %j and id %j name no folder", (instance, id) => {
  expect(() => backupKeys(instance, id)).toThrow(
    expect.objectContaining({ code: "invalid-argument" }),
  );
});

test("a record is saved once and loaded as it was", async () => {
  const storage = new MemoryStorage();
  const record = recordOf(ID, { name: "nightly" });
  await saveBackupRecord(storage, record);
  expect(await loadBackupRecord(storage, "box", ID)).toEqual(record);
});

test("a second record under the same id is refused and the first stays", async () => {
  const storage = new MemoryStorage();
  await saveBackupRecord(storage, recordOf(ID, { name: "first" }));
  await expect(saveBackupRecord(storage, recordOf(ID, { name: "second" }))).rejects.toMatchObject({
    code: "storage-conflict",
  });
  expect((await loadBackupRecord(storage, "box", ID)).name).toBe("first");
});

test("saving the same record again after a lost answer is a success", async () => {
  const memory = new MemoryStorage();
  const storage = faultyStorage(memory, [{ on: "put", at: "response", error: "storage-timeout" }]);
  await expect(saveBackupRecord(storage, recordOf(ID))).rejects.toMatchObject({
    code: "storage-timeout",
  });
  await saveBackupRecord(storage, recordOf(ID));
  expect(await keysIn(memory)).toEqual([backupKeys("box", ID).record]);
});

test("a record that would not be read back is not stored", async () => {
  const storage = new MemoryStorage();
  await expect(saveBackupRecord(storage, recordOf(ID, { files: -1 }))).rejects.toMatchObject({
    code: "internal",
  });
  expect(await keysIn(storage)).toEqual([]);
});

test("a record that is not there, or is that of another, is told apart", async () => {
  const storage = new MemoryStorage();
  await expect(loadBackupRecord(storage, "box", ID)).rejects.toMatchObject({
    code: "archive-not-found",
    details: { id: ID, instance: "box" },
  });
  await putBackup(storage, ID);
  const other = idAt("2026-11-22T03:00:00Z");
  const body = await storage.get(backupKeys("box", ID).record, 100_000);
  await storage.put(backupKeys("box", other).record, body);
  await storage.put(backupKeys("crate", ID).record, body);
  await expect(loadBackupRecord(storage, "box", other)).rejects.toMatchObject({
    code: "manifest-mismatch",
  });
  await expect(loadBackupRecord(storage, "crate", ID)).rejects.toMatchObject({
    code: "manifest-mismatch",
  });
  await storage.put(backupKeys("box", ID).record, utf8("{"));
  await expect(loadBackupRecord(storage, "box", ID)).rejects.toMatchObject({
    code: "data-corrupt",
  });
});
