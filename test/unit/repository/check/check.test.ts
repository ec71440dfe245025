import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import {
  type CheckReport,
  checkRepository,
  openRepository,
  parseCheckRecord,
  parseDataSubset,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { keysOf, writeSnapshot } from "../../../helpers/care-scene.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { initTestRepository, testRepositoryOptions } from "../../../helpers/repository.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const shared = randomBytes(3000);

async function sample() {
  const storage = new MemoryStorage();
  const clock = fakeClock();
  const repository = await initTestRepository({ storage, clock });
  const first = await writeSnapshot(repository, {
    "a.txt": shared,
    "dir/b.txt": randomBytes(2000),
  });
  const second = await writeSnapshot(repository, {
    "a.txt": shared,
    "dir/c.txt": randomBytes(1000),
  });
  await repository.keys.add(testRepositoryOptions().password);
  return { storage, clock, repository, first, second };
}

const all = { readData: { type: "all" } } as const;
const codesOf = ({ findings }: CheckReport) => [...new Set(findings.map(({ code }) => code))];

test("a sound repository has no finding, whatever is read", async () => {
  const { repository, storage } = await sample();
  const report = await checkRepository(repository, all);
  expect(report).toMatchObject({ ok: true, findings: [], losses: [], notices: [] });
  expect(report.checked).toMatchObject({
    snapshots: 2,
    trees: 4,
    files: 4,
    packs: 4,
    packsRead: 4,
  });
  expect((await checkRepository(repository)).checked.packsRead).toBe(0);
  expect(await keysOf(storage, "locks/")).toEqual([]);
});

/** Opens and checks as a program would: a failure to open is a report too. */
async function examine(storage: MemoryStorage, record: CheckReport["record"]) {
  try {
    const options = testRepositoryOptions({ storage, clock: fakeClock() });
    const repository = await openRepository(options);
    const readRemoved = async () => new Set<string>();
    return { report: await checkRepository(repository, { ...all, record, readRemoved }) };
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return { error };
  }
}

type Damaging = (bytes: Uint8Array, other: Uint8Array) => Uint8Array | undefined;

const DAMAGES: Readonly<Record<string, Damaging>> = {
  removed: () => undefined,
  truncated: (bytes) => bytes.subarray(0, bytes.length - 1),
  emptied: () => new Uint8Array(),
  extended: (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
  flipped: (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)),
  "swapped with another": (_, other) => other,
};

async function damage(storage: MemoryStorage, key: string, how: string): Promise<void> {
  const folder = key.slice(0, key.indexOf("/") + 1);
  const others = [...(await keysOf(storage, folder)), ...(await keysOf(storage, "keys/"))];
  const otherKey = others.find((each) => each !== key) ?? "config";
  const damaged = DAMAGES[how]?.(await storage.get(key, 1e9), await storage.get(otherKey, 1e9));
  if (damaged === undefined) await storage.delete(key);
  else await storage.put(key, damaged);
}

describe.each(["config", "keys/", "index/", "snapshots/", "data/"])("an object of %s", (prefix) => {
  test.each(Object.keys(DAMAGES))("that is %s is reported, never read as good", async (how) => {
    const { storage, repository } = await sample();
    const { record } = await checkRepository(repository);
    const keys = await keysOf(storage, prefix);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const bytes = await storage.get(key, 1e9);
      await damage(storage, key, how);
      const { report, error } = await examine(storage, record);
      if (["data/", "index/"].includes(prefix)) expect(report?.ok).toBe(false);
      expect(error !== undefined || !report?.ok).toBe(true);
      await storage.put(key, bytes);
    }
    expect((await examine(storage, record)).report?.ok).toBe(true);
  });
});

test.each(["truncated", "extended", "flipped", "swapped with another"])(
  "a lock that is %s holds a check up, as somebody may be at work",
  async (how) => {
    const { storage, repository } = await sample();
    const { record } = await checkRepository(repository);
    await using _lock = await repository.lock({ pollMs: 60_000 });
    const [key = ""] = await keysOf(storage, "locks/");
    await damage(storage, key, how);
    expect((await examine(storage, record)).error?.code).toBe("repository-locked");
    await storage.delete(key);
  },
);

test("a config rolled back to an older version is reported", async () => {
  const { storage, repository } = await sample();
  const { record } = await checkRepository(repository);
  const { report } = await examine(storage, { ...record, version: 3 });
  expect(codesOf(report as CheckReport)).toEqual(["config-changed"]);
});

test.each([
  ["snapshots/", "snapshot-missing"],
  ["keys/", "key-missing"],
  ["index/", "tree-damaged"],
  ["data/", "pack-missing"],
  ["", "snapshot-missing"],
])("what lies below %j, rolled back to an older state, is reported", async (prefix, code) => {
  const { storage, repository } = await sample();
  const keys = await keysOf(storage, prefix);
  const older = new Map<string, Uint8Array>();
  for (const key of keys) older.set(key, await storage.get(key, 1e9));
  await writeSnapshot(repository, { "new.txt": randomBytes(1000) });
  await repository.keys.changePassword(testRepositoryOptions().password);
  const { record } = await checkRepository(repository);
  for (const key of await keysOf(storage, prefix)) await storage.delete(key);
  for (const [key, bytes] of older) await storage.put(key, bytes);
  const { report } = await examine(storage, record);
  expect(report?.ok).toBe(false);
  expect(codesOf(report as CheckReport)).toContain(code);
});

test("a snapshot or key that is gone is missing, unless it was removed on purpose; where that is not known it is a notice", async () => {
  const { storage, repository, first, second } = await sample();
  const { record } = await checkRepository(repository);
  const [key = ""] = record.keys.filter((id) => id !== repository.keys.currentId);
  for (const { id } of [first, second]) await storage.delete(`snapshots/${id}`);
  await storage.delete(`keys/${key}`);
  const readRemoved = async () => new Set([first.id]);
  const { findings, notices } = await checkRepository(repository, { record, readRemoved });
  expect(findings).toEqual([
    {
      code: "snapshot-missing",
      id: second.id,
      message: `snapshot ${second.id.slice(0, 8)} was there at the last check and is missing: Clawback has not removed it`,
    },
    { code: "key-missing", id: key, message: expect.stringContaining(key.slice(0, 8)) },
  ]);
  expect(notices.map(({ code }) => code)).toEqual(["no-snapshots"]);
  const unknown = await checkRepository(repository, { record });
  expect(unknown).toMatchObject({ ok: true, findings: [] });
  expect(unknown.notices.map(({ code }) => code)).toEqual([
    "snapshot-gone",
    "key-gone",
    "no-snapshots",
  ]);
});

test("damage is located in the files of the snapshots that have it, and only there", async () => {
  const { storage, repository, first, second } = await sample();
  const index = await repository.loadIndex();
  const blob = [...index.blobs()].find(
    ({ lengthBytes, type }) => type === "data" && lengthBytes < 1500,
  );
  const key = `data/${blob?.packId.slice(0, 2)}/${blob?.packId}`;
  const bytes = await storage.get(key, 1e9);
  bytes[(blob?.offsetBytes ?? 0) + 20] = (bytes[(blob?.offsetBytes ?? 0) + 20] ?? 0) ^ 1;
  await storage.put(key, bytes);
  expect((await checkRepository(repository)).ok).toBe(true);
  const report = await checkRepository(repository, all);
  expect(codesOf(report)).toEqual(["pack-damaged", "blob-damaged"]);
  expect(report.losses).toEqual([
    { snapshotId: second.id, time: second.time, path: "/dir/c.txt", type: "file", sizeBytes: 1000 },
  ]);
  const other = [...index.blobs()].find(({ id }) => id === blob?.id)?.packId;
  for (const pack of await keysOf(storage, "data/"))
    if (!pack.endsWith(`${other}`)) await storage.delete(pack);
  const lost = (await checkRepository(repository)).losses.map(({ snapshotId, path }) => [
    snapshotId,
    path,
  ]);
  expect(lost).toContainEqual([first.id, "/"]);
});

describe("the part of the data that is read", () => {
  test.each([
    ["10%", { type: "percent", percent: 10 }],
    ["2/7", { type: "part", part: 2, of: 7 }],
    ["500M", { type: "bytes", bytes: 500 * 1024 * 1024 }],
  ])("%s is understood as restic does", (text, expected) => {
    expect(parseDataSubset(text)).toEqual(expected);
  });
  test.each(["0/3", "4/3", "1/257", "0%", "101%", "0", "x", "-1%", ""])("%j is refused", (text) => {
    expect(() => parseDataSubset(text)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
  test("the parts together are everything, each pack once", async () => {
    const { repository } = await sample();
    let read = 0;
    for (const part of [1, 2, 3]) {
      const report = await checkRepository(repository, { readData: { type: "part", part, of: 3 } });
      read += report.checked.packsRead;
    }
    expect(read).toBe(4);
  });
  test("at least one pack is read for a percentage", async () => {
    const { repository } = await sample();
    const report = await checkRepository(repository, { readData: parseDataSubset("1%") });
    expect(report.checked.packsRead).toBe(1);
  });
  test("a share comes round in the days it is given, also while packs are added", async () => {
    const { repository, clock } = await sample();
    let record: CheckReport["record"] | undefined;
    const readOn = new Map<string, number>();
    for (let day = 0; day < 12; day++) {
      if (day < 3) await writeSnapshot(repository, { f: randomBytes(500) });
      const report = await checkRepository(repository, {
        record,
        readData: { type: "share", days: 4 },
      });
      record = parseCheckRecord(JSON.parse(JSON.stringify(report.record)));
      for (const [id, { at, read }] of Object.entries(record.packs))
        if (read) readOn.set(id, Date.parse(at));
      clock.advance(DAY_MS);
    }
    const total = (await repository.loadIndex()).packCount;
    expect(readOn.size).toBe(total);
    const oldest = Math.min(...readOn.values());
    expect(clock.now().getTime() - DAY_MS - oldest).toBeLessThanOrEqual(4 * DAY_MS);
  });
});
