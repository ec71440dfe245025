import { expect, test } from "vitest";
import { assertNotCancelled, BackupError } from "../../../lib/base/index.ts";
import {
  appendMark,
  backupKeys,
  type CatalogStorage,
  openCatalog,
} from "../../../lib/catalog/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, putBackup, recordOf, utf8 } from "./stored.ts";

const clock = fakeClock();
const A = idAt("2026-11-19T03:00:00Z", "a");
const B = idAt("2026-11-20T03:00:00Z", "b");
const C = idAt("2026-11-21T03:00:00Z", "c");
const box = { instance: "box" };
const open = (...storages: CatalogStorage[]) => openCatalog({ storages, clock });
const openOne = (storage: ObjectStorage) => open({ id: "s", storage });

test("a backup is listed with everything that programs rely on", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A, {
    ...{ name: "first", tags: ["t"], encryption: "openpgp", degraded: true },
    omissions: { locked: 1, unreadable: 2 },
  });
  const { backups, problems } = await openOne(storage).list(box);
  expect(problems).toEqual([]);
  const record = recordOf(A, { encryption: "openpgp" });
  expect(backups).toEqual([
    {
      id: A,
      kind: "archive",
      name: "first",
      instance: "box",
      tags: ["t"],
      scope: record.scope,
      storage: "s",
      createdAt: "2026-11-19T03:00:00.000Z",
      sizeBytes: 200_000,
      storedBytes: record.archive.sizeBytes,
      sha256: record.archive.sha256,
      files: 100,
      bytes: 200_000,
      databases: 3,
      omissions: 3,
      degraded: true,
      encrypted: true,
      durationMs: 1234.5,
      held: false,
      objectKey: `box/archives/${A}/archive.tar.gz.gpg`,
      fileListKey: `box/archives/${A}/files.jsonl.gz.gpg`,
      fileListSha256: record.fileList.sha256,
      openclawVersion: "2026.9.6",
      host: "test-host",
    },
  ]);
});

test("backups of all storages are listed newest first", async () => {
  const [one, two] = [new MemoryStorage(), new MemoryStorage()];
  for (const id of [C, A]) await putBackup(one, id);
  for (const id of [A, B]) await putBackup(two, id);
  const { backups } = await open({ id: "1", storage: one }, { id: "2", storage: two }).list(box);
  expect(backups.map(({ id, storage }) => [id, storage])).toEqual([
    [C, "1"],
    [B, "2"],
    [A, "1"],
    [A, "2"],
  ]);
});

test("the order is that of the moments, not of how they are written or named", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A, { createdAt: "2026-11-21T03:00:00Z" });
  await putBackup(storage, B, { createdAt: "2026-11-21T03:00:00.5Z" });
  await putBackup(storage, C, { createdAt: "2026-11-21T03:00:00.000Z" });
  const { backups } = await openOne(storage).list(box);
  expect(backups.map(({ id }) => id)).toEqual([B, C, A]);
});

test("a limit takes the newest", async () => {
  const storage = new MemoryStorage();
  for (const id of [A, B, C]) await putBackup(storage, id);
  const { backups } = await openOne(storage).list({ ...box, limit: 2 });
  expect(backups.map(({ id }) => id)).toEqual([C, B]);
});

test("marks show, whoever wrote them", async () => {
  const storage = new MemoryStorage();
  const record = await putBackup(storage, A);
  await putBackup(storage, B);
  await appendMark(storage, record, { kind: "hold", at: "2026-11-20T00:00:00.000Z" });
  await appendMark(storage, record, { kind: "verified", at: "2026-11-20T01:00:00.000Z" });
  await appendMark(storage, record, { kind: "verified", at: "2026-11-20T02:00:00.000Z" });
  const { backups } = await openOne(storage).list(box);
  expect(backups.map(({ id, held, verifiedAt }) => [id, held, verifiedAt])).toEqual([
    [B, false, undefined],
    [A, true, "2026-11-20T02:00:00.000Z"],
  ]);
});

test("an archive without its record does not exist", async () => {
  const storage = new MemoryStorage();
  const keys = backupKeys("box", A);
  await storage.put(keys.archive, utf8("x"));
  await storage.put(keys.fileList, utf8("x"));
  expect(await openOne(storage).list(box)).toEqual({ backups: [], problems: [], unread: [] });
});

test("only the asked instance is listed, and all with all", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await putBackup(storage, B, { instance: "box-2" });
  await putBackup(storage, C, { instance: "crate" });
  await storage.put("box-3/probe/x", utf8("x"));
  await storage.put("foreign/thing", utf8("x"));
  await storage.put(".hidden/archives/x/backup.json", utf8("{}"));
  const catalog = openOne(storage);
  const ids = async (instance: string) =>
    (await catalog.list({ instance })).backups.map((backup) => backup.id);
  expect(await ids("box")).toEqual([A]);
  expect(await ids("box-2")).toEqual([B]);
  expect(await ids("nobody")).toEqual([]);
  expect(await ids("all")).toEqual([C, B, A]);
  expect(await catalog.instances("s")).toEqual(["box", "box-2", "crate"]);
});

test.each<[string, string, (storage: ObjectStorage) => Promise<unknown>]>([
  [
    "its archive is gone",
    "data-missing",
    (storage) => storage.delete(backupKeys("box", B).archive),
  ],
  [
    "its archive has another size",
    "manifest-mismatch",
    (storage) => storage.put(backupKeys("box", B).archive, utf8("short")),
  ],
  [
    "its record is that of another",
    "manifest-mismatch",
    (storage) => storage.put(backupKeys("box", B).record, utf8(JSON.stringify(recordOf(A)))),
  ],
  [
    "its record is of another instance",
    "manifest-mismatch",
    (storage) =>
      storage.put(
        backupKeys("box", B).record,
        utf8(JSON.stringify(recordOf(B, { instance: "crate" }))),
      ),
  ],
  [
    "its record is empty",
    "data-corrupt",
    (storage) => storage.put(backupKeys("box", B).record, utf8("")),
  ],
  [
    "its record is no record",
    "data-corrupt",
    (storage) => storage.put(backupKeys("box", B).record, utf8("[]")),
  ],
  [
    "its record is huge",
    "limit-exceeded",
    (storage) => storage.put(backupKeys("box", B).record, new Uint8Array(300_000)),
  ],
  [
    "its record is of a newer format",
    "version-too-new",
    (storage) => storage.put(backupKeys("box", B).record, utf8('{"formatVersion":2}')),
  ],
])("a backup is not listed as good when %s, and the others are", async (_, code, damage) => {
  const storage = new MemoryStorage();
  for (const id of [A, B, C]) await putBackup(storage, id);
  await damage(storage);
  const { backups, problems } = await openOne(storage).list(box);
  expect(backups.map(({ id }) => id)).toEqual([C, A]);
  expect(problems).toMatchObject([
    { storage: "s", error: { code, details: { id: B, storage: "s" } } },
  ]);
  await expect(openOne(storage).find(B, box)).rejects.toMatchObject({ code });
  await expect(openOne(storage).find(B.slice(0, -2), box)).rejects.toMatchObject({ code });
});

test("a backup whose file list is gone is good, and told", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await storage.delete(backupKeys("box", A).fileList);
  const { backups, problems } = await openOne(storage).list(box);
  expect(backups).toMatchObject([{ id: A }]);
  expect(backups[0]?.fileListKey).toBeUndefined();
  expect(problems).toMatchObject([{ error: { code: "data-missing", details: { id: A } } }]);
});

test("a record copied into a folder with a hostile name is told, with the name made safe", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const body = await storage.get(backupKeys("box", A).record, 100_000);
  await storage.put("box/archives/\u001b[2Jevil/backup.json", body);
  const { backups, problems } = await openOne(storage).list(box);
  expect(backups.length).toBe(1);
  expect(problems).toMatchObject([{ error: { code: "manifest-mismatch" } }]);
  expect(problems[0]?.error.message).not.toContain("\u001b");
});

test("objects that belong to nothing are passed over", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await storage.put("box/archives/backup.json", utf8("{}"));
  await storage.put(`box/archives/${B}/deeper/backup.json`, utf8("{}"));
  await storage.put(`box/archives/${A}/note.txt`, utf8("x"));
  expect(await openOne(storage).list(box)).toMatchObject({ backups: [{ id: A }], problems: [] });
});

test("a storage that cannot be read is told and hides no other", async () => {
  const good = new MemoryStorage();
  await putBackup(good, A);
  for (const error of [
    "storage-unavailable",
    "storage-access-denied",
    "storage-not-found",
    "invalid-settings",
    "not-configured",
  ] as const) {
    const bad = faultyStorage(new MemoryStorage(), [{ on: "list", error, times: 99 }]);
    const list = await open({ id: "bad", storage: bad }, { id: "good", storage: good }).list(box);
    expect(list).toMatchObject({
      backups: [{ id: A, storage: "good" }],
      problems: [{ storage: "bad", error: { code: error } }],
      unread: ["bad"],
    });
  }
});

test("with the first listing of a storage that fails, its others end too", async () => {
  let isEnded = false;
  const memory = new MemoryStorage();
  const storage = Object.assign(Object.create(memory), {
    get: () => Promise.reject(new BackupError("storage-not-found", "no bucket")),
    async *list(_prefix: string, { signal }: { signal: AbortSignal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      isEnded = true;
      assertNotCancelled(signal);
      yield* [];
    },
  });
  expect(await openOne(storage).list(box)).toMatchObject({
    problems: [{ error: { message: "no bucket" } }],
  });
  expect(isEnded).toBe(true);
});

test("a storage that could not be opened is told like one that cannot be read", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const error = new BackupError("storage-not-found", "the disk is not there");
  const unopened = [{ storage: "disk", error }];
  const catalog = openCatalog({ storages: [{ id: "s", storage }], unopened, clock });
  expect(await catalog.list(box)).toMatchObject({ backups: [{ id: A }], problems: unopened });
  await expect(catalog.find(B, box)).rejects.toBe(error);
  expect((await catalog.find("latest", box)).id).toBe(A);
  await expect(catalog.find("latest", { ...box, storage: "disk" })).rejects.toBe(error);
  await expect(catalog.instances("disk")).rejects.toBe(error);
  await expect(catalog.find(B, { ...box, storage: "s" })).rejects.toMatchObject({
    code: "archive-not-found",
  });
});

test("a storage of a newer layout is told, and nothing of it is listed", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await storage.put("clawback.json", utf8('{"layout": 2}'));
  const list = await openOne(storage).list(box);
  expect(list).toMatchObject({ backups: [], problems: [{ error: { code: "version-too-new" } }] });
  await expect(openOne(storage).find("latest", box)).rejects.toMatchObject({
    code: "version-too-new",
  });
});

test("a record that may not be read is told and hides no other", async () => {
  const memory = new MemoryStorage();
  for (const id of [A, B]) await putBackup(memory, id);
  const denied = { on: "get" as const, key: backupKeys("box", A).record };
  const storage = faultyStorage(memory, [{ ...denied, error: "storage-access-denied" }]);
  expect(await openOne(storage).list(box)).toMatchObject({
    backups: [{ id: B }],
    problems: [{ error: { code: "storage-access-denied", details: { id: A } } }],
    unread: [],
  });
});

test("a backup that is deleted while it is listed is not told as broken", async () => {
  const memory = new MemoryStorage();
  for (const id of [A, B]) await putBackup(memory, id);
  const gone = { on: "get" as const, key: backupKeys("box", A).record };
  const storage = faultyStorage(memory, [{ ...gone, error: "storage-object-not-found" }]);
  expect(await openOne(storage).list(box)).toMatchObject({ backups: [{ id: B }], problems: [] });
});

test("a connection that breaks half way through is the storage's problem", async () => {
  const memory = new MemoryStorage();
  for (const id of [A, B, C]) await putBackup(memory, id);
  for (const fault of [
    { on: "list" as const, at: 1 },
    { on: "get" as const, nth: 3 },
  ]) {
    const list = await openOne(faultyStorage(memory, [{ ...fault, times: 99 }])).list(box);
    expect(list).toMatchObject({
      backups: [],
      problems: [{ error: { code: "storage-unavailable" } }],
    });
  }
});

test("an interrupt ends a list, and is no property of a storage", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const signal = AbortSignal.abort();
  await expect(openOne(storage).list({ ...box, signal })).rejects.toMatchObject({
    code: "cancelled",
  });
});

test.each(["../x", "", "a/b"])("the instance %j is refused", async (instance) => {
  await expect(openOne(new MemoryStorage()).list({ instance })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  const snapshots = { instance, kinds: ["snapshot" as const] };
  await expect(openOne(new MemoryStorage()).list(snapshots)).rejects.toMatchObject({
    code: "invalid-argument",
  });
});

test("a list reads a record once, and bodies of marks never", async () => {
  const memory = new MemoryStorage();
  for (const id of [A, B, C]) {
    const record = await putBackup(memory, id);
    await appendMark(memory, record, { kind: "verified", at: record.createdAt });
  }
  const storage = faultyStorage(memory, []);
  await openOne(storage).list(box);
  const read = storage.calls.filter(({ call }) => call === "get").map(({ key }) => key);
  expect(read.toSorted()).toEqual(
    ["clawback.json", ...[A, B, C].map((id) => backupKeys("box", id).record)].toSorted(),
  );
  const listed = storage.calls.filter(({ call }) => call === "list").map(({ key }) => key);
  expect(listed.toSorted()).toEqual(["20", "box/20", "box/archives/", "box/marks/"]);
});
