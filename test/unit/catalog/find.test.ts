import { expect, test } from "vitest";
import {
  backupKeys,
  type CatalogProblem,
  type CatalogStorage,
  openCatalog,
} from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, putBackup, utf8 } from "./stored.ts";

const A = idAt("2026-11-19T03:00:00Z", "a");
const B = idAt("2026-11-20T03:00:00Z", "b");
const C = idAt("2026-11-21T02:00:00Z", "c");
const box = { instance: "box" };
const open = (...storages: CatalogStorage[]) =>
  openCatalog({ storages, clock: fakeClock(new Date("2026-11-21T03:00:00Z")) });

test("times are counted from the clock, or from the moment that is given", async () => {
  const storage = new MemoryStorage();
  for (const id of [A, B, C]) await putBackup(storage, id);
  const catalog = open({ id: "s", storage });
  expect((await catalog.find("2 hours ago", box)).id).toBe(B);
  const now = new Date("2026-11-20T02:00:00Z");
  expect((await catalog.find("2 hours ago", { ...box, now })).id).toBe(A);
});

test("the wanted storage alone is looked at", async () => {
  const [one, two] = [new MemoryStorage(), new MemoryStorage()];
  await putBackup(one, C);
  await putBackup(two, A);
  const catalog = open({ id: "1", storage: one }, { id: "2", storage: two });
  expect(await catalog.find("latest", box)).toMatchObject({ id: C, storage: "1" });
  expect(await catalog.find("latest", { ...box, storage: "2" })).toMatchObject({
    id: A,
    storage: "2",
  });
  await expect(catalog.find("latest", { ...box, storage: "3" })).rejects.toMatchObject({
    code: "invalid-argument",
    details: { known: ["1", "2"] },
  });
  await expect(catalog.instances("3")).rejects.toMatchObject({ code: "invalid-argument" });
});

test("what was found although something could not be looked at is told with the problem", async () => {
  const good = new MemoryStorage();
  await putBackup(good, A);
  await putBackup(good, B);
  await good.put(`box/archives/${B}/archive.tar.gz`, utf8("cut"));
  const bad = faultyStorage(new MemoryStorage(), [{ on: "list", times: 99 }]);
  const problems: CatalogProblem[] = [];
  const catalog = open({ id: "good", storage: good }, { id: "bad", storage: bad });
  const found = await catalog.find("latest", {
    ...box,
    onProblem: (problem) => problems.push(problem),
  });
  expect(found.id).toBe(A);
  expect(problems).toMatchObject([
    { storage: "bad", error: { code: "storage-unavailable" } },
    { storage: "good", error: { code: "manifest-mismatch", details: { id: B } } },
  ]);
});

test("absence is never claimed of a storage that could not be read", async () => {
  const good = new MemoryStorage();
  await putBackup(good, A);
  const bad = faultyStorage(new MemoryStorage(), [
    { on: "list", error: "storage-access-denied", times: 99 },
  ]);
  const catalog = open({ id: "good", storage: good }, { id: "bad", storage: bad });
  await expect(catalog.find(B, box)).rejects.toMatchObject({ code: "storage-access-denied" });
});

test.each<[string, string, string]>([
  [
    "latest",
    "latest~3",
    'instance "box" has 2 full backups that are not degraded in storage s, "latest~3" needs 4',
  ],
  [
    "a time",
    "3 days ago",
    'no full backup of instance "box" that is not degraded was made by 2026-11-18T03:00:00.000Z in storage s',
  ],
  ["an id", idAt("2026-01-01T00:00:00Z"), "no backup of instance"],
  [
    "a name",
    "\u001b[2J",
    'no backup of instance "box" has the id, the start of an id or the name "\\x1b[2J" in storage s',
  ],
])("when %s finds nothing, it is said what there is", async (_, selector, message) => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await putBackup(storage, B);
  await putBackup(storage, C, { degraded: true });
  await expect(open({ id: "s", storage }).find(selector, box)).rejects.toMatchObject({
    code: "archive-not-found",
    message: expect.stringContaining(message),
    hint: expect.stringContaining("clawback list"),
    details: { selector, instance: "box", backups: 3, storages: ["s"] },
  });
});

test("a time beyond all times is no time", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await expect(
    open({ id: "s", storage }).find("99999999999999 days ago", box),
  ).rejects.toMatchObject({ code: "archive-not-found" });
});

test("the only other instance is proposed when this one has nothing", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A, { instance: "old-host" });
  await storage.put("empty/archives/x/archive.tar.gz", utf8("x"));
  for (const selector of ["latest", "yesterday", A, "20261119"]) {
    await expect(open({ id: "s", storage }).find(selector, box)).rejects.toMatchObject({
      code: "archive-not-found",
      message: 'there is no backup of instance "box" in storage s',
      hint: 'instance "old-host" has it: repeat with --instance old-host',
      details: { proposedInstance: "old-host" },
    });
  }
});

test("of two other instances none is proposed", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A, { instance: "old-host" });
  await putBackup(storage, B, { instance: "older-host" });
  const failure = await open({ id: "s", storage })
    .find("latest", box)
    .catch((error) => error);
  expect(failure).toMatchObject({ code: "archive-not-found" });
  expect(failure.details).not.toHaveProperty("proposedInstance");
});

test("one other instance in two storages is one", async () => {
  const [one, two] = [new MemoryStorage(), new MemoryStorage()];
  await putBackup(one, A, { instance: "old-host" });
  await putBackup(two, B, { instance: "old-host" });
  const catalog = open({ id: "1", storage: one }, { id: "2", storage: two });
  await expect(catalog.find("latest", box)).rejects.toMatchObject({
    message: 'there is no backup of instance "box"',
    details: { proposedInstance: "old-host", storages: ["1", "2"] },
  });
});

test("an instance that has backups is proposed another only for a whole id", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A, { degraded: true });
  await putBackup(storage, B, { instance: "crate" });
  await putBackup(storage, C, { instance: "barrel" });
  const catalog = open({ id: "s", storage });
  await expect(catalog.find(B, box)).rejects.toMatchObject({
    details: { proposedInstance: "crate" },
  });
  const failure = await catalog.find("latest", box).catch((error) => error);
  expect(failure.details).not.toHaveProperty("proposedInstance");
});

test("a backup of this instance that is broken keeps others from being proposed", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await storage.delete(`box/archives/${A}/archive.tar.gz`);
  await putBackup(storage, B, { instance: "crate" });
  const failure = await open({ id: "s", storage })
    .find("latest", box)
    .catch((error) => error);
  expect(failure.message).toMatch(
    /has 0 full backups .* needs 1; 1 other cannot be used: backup \S+: its archive archive.tar.gz is missing/,
  );
  expect(failure.details).not.toHaveProperty("proposedInstance");
});

test("when records may not be read, that is told, and not that there is nothing", async () => {
  const memory = new MemoryStorage();
  await putBackup(memory, A);
  const denied = { on: "get" as const, key: backupKeys("box", A).record, times: 99 };
  const storage = faultyStorage(memory, [{ ...denied, error: "storage-access-denied" }]);
  await expect(open({ id: "s", storage }).find("latest", box)).rejects.toMatchObject({
    code: "storage-access-denied",
  });
});

test("credentials that end at their own folder are proposed nothing, and told nothing wrong", async () => {
  const memory = new MemoryStorage();
  await putBackup(memory, A, { instance: "old-host" });
  const storage = faultyStorage(memory, [
    { on: "listFolders", error: "storage-access-denied", times: 99 },
  ]);
  await expect(open({ id: "s", storage }).find("latest", box)).rejects.toMatchObject({
    code: "archive-not-found",
    message: 'there is no backup of instance "box" in storage s',
  });
});

test("all instances can be searched", async () => {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  await putBackup(storage, B, { instance: "crate" });
  const catalog = open({ id: "s", storage });
  expect(await catalog.find("latest", { instance: "all" })).toMatchObject({
    id: B,
    instance: "crate",
  });
  await expect(catalog.find("nobody", { instance: "all" })).rejects.toMatchObject({
    message: expect.stringContaining("no backup of any instance"),
  });
});

test("without a storage there is nothing", async () => {
  await expect(open().find("latest", box)).rejects.toMatchObject({ code: "archive-not-found" });
  expect(await open().list(box)).toEqual({ backups: [], problems: [], unread: [] });
});
