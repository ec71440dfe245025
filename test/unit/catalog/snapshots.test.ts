import { beforeEach, expect, test } from "vitest";
import { BackupError, systemClock } from "../../../lib/base/index.ts";
import {
  type CatalogStorage,
  decodeSnapshotReport,
  encodeSnapshotReport,
  openCatalog,
  type SnapshotReport,
} from "../../../lib/catalog/index.ts";
import {
  createNode,
  type Repository,
  saveSnapshot,
  TreeBuilder,
} from "../../../lib/repository/index.ts";
import { MemoryStorage, withPrefix } from "../../../lib/storage/index.ts";
import { initTestRepository } from "../../helpers/repository.ts";

const REPORT: SnapshotReport = {
  formatVersion: 1,
  instance: "box",
  name: "mine",
  tags: ["a"],
  session: "s-1",
  createdAt: "2026-11-21T03:00:00.000Z",
  durationMs: 12,
  scope: {
    full: true,
    classes: ["config", "workspace"],
    onlyConfig: false,
    includeWorkspace: true,
    rules: { cachedirTag: false, oneFileSystem: false },
    roots: [{ kind: "state", path: "/home/u/.openclaw", excluded: [], included: [], forced: [] }],
  },
  paths: {
    stateDir: "/home/u/.openclaw",
    configPath: "/home/u/.openclaw/openclaw.json",
    oauthDir: "/home/u/.openclaw/credentials",
    workspaceDirs: ["/home/u/.openclaw/workspace"],
    agentRoots: [{ agentId: "main", sourcePath: "/home/u/.openclaw/agents/main/agent" }],
  },
  assets: [{ kind: "state", sourcePath: "/home/u/.openclaw" }],
  files: 3,
  bytes: 42,
  databases: [{ path: "/home/u/.openclaw/x.sqlite", identity: "1:2:3" }],
  omissions: [{ path: "/home/u/.openclaw/\udcff", reason: "unreadable", detail: "EACCES" }],
  notes: 0,
  degraded: false,
  openclaw: { version: "2026.9.6", schemaVersions: { global: 3 } },
  host: { name: "box", platform: "linux" },
  clawbackVersion: "0.1.0",
};

const FACTS = {
  mode: 0o700,
  mtimeNs: 0n,
  ctimeNs: 0n,
  dev: 0n,
  ino: 0n,
  nlink: 1,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
};

let storage: MemoryStorage;
let repository: Repository;
let opened: number;

beforeEach(async () => {
  storage = new MemoryStorage();
  repository = await initTestRepository({ storage: withPrefix(storage, "box/repository") });
  opened = 0;
});

/** Stores a snapshot whose report has these bytes, or that has none, as restic's. */
async function store(
  report: Uint8Array | undefined,
  time = "2026-11-21T03:00:00Z",
): Promise<string> {
  await using saver = repository.createSaver(await repository.loadIndex());
  const root = new TreeBuilder();
  if (report !== undefined) {
    const { id } = await saver.save("data", report);
    const own = new TreeBuilder();
    const facts = { ...FACTS, type: "file" as const, sizeBytes: report.length };
    own.add(createNode("report.json", facts, { content: [id] }));
    const { id: subtree } = await saver.save("tree", own.finish());
    root.add(createNode(".clawback", { ...FACTS, type: "dir" }, { subtree }));
  }
  const { id: tree } = await saver.save("tree", root.finish());
  await saver.flush();
  const snapshot = { time, tree, paths: ["/home/u"], hostname: "box" };
  return (await saveSnapshot(repository.storedFiles, snapshot)).id;
}

const catalogOf = (cache?: MemoryStorage, overrides: Partial<CatalogStorage> = {}) =>
  openCatalog({
    storages: [
      {
        id: "local",
        storage,
        openRepository: async () => {
          opened++;
          return repository;
        },
        ...overrides,
      },
    ],
    cache,
    clock: systemClock,
  });

test("a report is read as it was written, and one of a later version is refused", () => {
  expect(decodeSnapshotReport(encodeSnapshotReport(REPORT), "it")).toEqual(REPORT);
  const later = encodeSnapshotReport({ ...REPORT, formatVersion: 2 as 1 });
  expect(() => decodeSnapshotReport(later, "it")).toThrow(/version 2, known is 1/);
  for (const damaged of ["", "{", "null", "[]", "{}", '{"formatVersion":1}']) {
    expect(() => decodeSnapshotReport(Buffer.from(damaged), "it")).toThrow(BackupError);
  }
});

test("snapshots are listed in the shape of every backup; restic's own as partial, never latest", async () => {
  const ours = await store(encodeSnapshotReport(REPORT));
  const theirs = await store(undefined, "2026-11-22T03:00:00Z");
  const { backups, problems } = await catalogOf().list({ instance: "box" });
  expect(problems).toEqual([]);
  expect(backups.map(({ id }) => id)).toEqual([theirs, ours]);
  expect(backups[1]).toMatchObject({
    kind: "snapshot",
    name: "mine",
    session: "s-1",
    files: 3,
    omissions: 1,
  });
  expect(backups[0]).toMatchObject({ kind: "snapshot", scope: { full: false } });
  expect(await catalogOf().find("latest", { instance: "box" })).toMatchObject({ id: ours });
  expect(await catalogOf().find(theirs.slice(0, 8), { instance: "box" })).toMatchObject({
    id: theirs,
  });
});

test("the repository is opened for snapshots that the cache does not know, and only for these", async () => {
  const cache = new MemoryStorage();
  await store(encodeSnapshotReport(REPORT));
  const first = await catalogOf(cache).list({ instance: "box" });
  expect(await catalogOf(cache).list({ instance: "box" })).toEqual(first);
  expect(opened).toBe(1);
  await store(undefined);
  expect((await catalogOf(cache).list({ instance: "box" })).backups).toHaveLength(2);
  expect(opened).toBe(2);
});

test("where the repository cannot be opened, the list says how many it cannot show, and shows the rest", async () => {
  const cache = new MemoryStorage();
  await store(encodeSnapshotReport(REPORT));
  await catalogOf(cache).list({ instance: "box" });
  await store(undefined);
  const openRepository = async () => {
    throw new BackupError("wrong-password", "no");
  };
  const list = await catalogOf(cache, { openRepository }).list({ instance: "box" });
  expect(list.backups).toHaveLength(1);
  expect(list.problems.map(({ error }) => error.message)).toEqual([
    "1 snapshot of instance box cannot be shown: no",
  ]);
});

test("absence is never claimed of a repository that could not be opened, and one elsewhere is proposed", async () => {
  await store(encodeSnapshotReport(REPORT));
  const openRepository = async () => {
    throw new BackupError("wrong-password", "no password was given");
  };
  const closed = catalogOf(undefined, { openRepository });
  for (const selector of ["latest", "mine", "0881d7d9"]) {
    await expect(closed.find(selector, { instance: "box" })).rejects.toMatchObject({
      code: "wrong-password",
      message: "1 snapshot of instance box cannot be shown: no password was given",
    });
  }
  await expect(closed.find("latest", { instance: "new-host" })).rejects.toMatchObject({
    code: "archive-not-found",
    details: { proposedInstance: "box" },
  });
});

test("a snapshot with a damaged report is a problem, and hides no other", async () => {
  const broken = await store(Buffer.from("{}"));
  await store(encodeSnapshotReport(REPORT));
  const { backups, problems } = await catalogOf().list({ instance: "box" });
  expect(backups).toHaveLength(1);
  expect(problems).toMatchObject([{ error: { code: "data-corrupt", details: { id: broken } } }]);
});

test("tags, session and times choose", async () => {
  await store(encodeSnapshotReport(REPORT));
  const howMany = async (filter: object) =>
    (await catalogOf().list({ instance: "box", ...filter })).backups.length;
  expect(await howMany({ tags: ["a"] })).toBe(1);
  expect(await howMany({ tags: ["a", "b"] })).toBe(0);
  expect(await howMany({ session: "s-1" })).toBe(1);
  expect(await howMany({ session: "s-2" })).toBe(0);
  expect(await howMany({ since: new Date("2026-11-21T03:00:01Z") })).toBe(0);
  expect(await howMany({ until: new Date("2026-11-21T03:00:00Z") })).toBe(1);
});
