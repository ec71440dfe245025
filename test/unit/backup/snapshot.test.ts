import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createSnapshot, type SnapshotBackupReport } from "../../../lib/backup/index.ts";
import { systemClock } from "../../../lib/base/index.ts";
import {
  listNodes,
  loadSnapshot,
  type Node,
  type Repository,
} from "../../../lib/repository/index.ts";
import { captureOptions, plainInstallation } from "../../helpers/plain-installation.ts";
import { initTestRepository } from "../../helpers/repository.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

interface Scene extends AsyncDisposable {
  readonly dir: TempDir;
  readonly stateDir: string;
  readonly repository: Repository;
  /** @param ahead - Milliseconds by which its time lies after the clock's, so that files are long unchanged by then. */
  snapshot(options?: {
    ahead?: number;
    force?: boolean;
    noScratch?: boolean;
  }): Promise<SnapshotBackupReport>;
  /** The content of a file in a snapshot. */
  contentOf(id: string, path: string): Promise<Buffer>;
}

async function scene(): Promise<Scene> {
  const dir = await tempDir();
  const stateDir = dir.join("state");
  mkdirSync(`${stateDir}/workspace`, { recursive: true });
  mkdirSync(dir.join("tmp"));
  writeFileSync(`${stateDir}/openclaw.json`, "{}");
  writeFileSync(`${stateDir}/workspace/notes.md`, "notes");
  const repository = await initTestRepository();
  return {
    dir,
    stateDir,
    repository,
    snapshot: ({ ahead = 0, force, noScratch } = {}) =>
      createSnapshot({
        repository,
        storage: "memory",
        instance: "box",
        now: new Date(systemClock.now().getTime() + ahead),
        capture: captureOptions(plainInstallation(stateDir), dir.join(noScratch ? "none" : "tmp")),
        force,
        openclaw: { version: "2026.9.6", schemaVersions: {} },
        host: { name: "test-host", platform: "linux" },
        user: { username: "tester", uid: 1000, gid: 1000 },
        clawbackVersion: "0.0.0",
      }),
    contentOf: (id, path) => readContent(repository, id, path),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function nodeAt(repository: Repository, id: string, path: string): Promise<Node> {
  const { tree } = await loadSnapshot(repository.storedFiles, id);
  const loader = repository.createLoader(await repository.loadIndex());
  for await (const listed of listNodes(tree, { loader })) {
    if (`/${listed.path}` === path) return listed.node;
  }
  throw new Error(`${path} is not in the snapshot`);
}

async function readContent(repository: Repository, id: string, path: string): Promise<Buffer> {
  const node = await nodeAt(repository, id, path);
  const loader = repository.createLoader(await repository.loadIndex());
  const blobs = (node.content ?? []).map((blob) => loader.load({ type: "data", id: blob }));
  return Buffer.concat(await Promise.all(blobs));
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode=WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (0)");
  return database;
}

test("a rewrite of the same size right after a snapshot is never missed", async () => {
  await using t = await scene();
  const path = `${t.stateDir}/workspace/notes.md`;
  for (let i = 10; i < 25; i++) {
    writeFileSync(path, `notes ${i}`);
    const { id } = await t.snapshot();
    expect((await t.contentOf(id, path)).toString()).toBe(`notes ${i}`);
  }
});

test("a commit right after a snapshot is never missed", async () => {
  await using t = await scene();
  const path = `${t.stateDir}/workspace/own.sqlite`;
  using database = openDatabase(path);
  const update = database.prepare("UPDATE t SET n = ?");
  for (let i = 1; i <= 12; i++) {
    update.run(i);
    if (i % 5 === 0) database.exec("PRAGMA wal_checkpoint(RESTART)");
    // Far ahead, so that times alone never make it be read again.
    const { id } = await t.snapshot({ ahead: 60_000 });
    writeFileSync(t.dir.join("copy.sqlite"), await t.contentOf(id, path));
    using copy = new DatabaseSync(t.dir.join("copy.sqlite"));
    expect(copy.prepare("SELECT n FROM t").get()).toEqual({ n: i });
  }
});

test("a database to which nothing was committed is not copied", async () => {
  await using t = await scene();
  const path = `${t.stateDir}/workspace/own.sqlite`;
  openDatabase(path).close();
  const first = await t.snapshot({ ahead: 60_000 });
  // Without a place for copies.
  const second = await t.snapshot({ ahead: 60_000, noScratch: true });
  expect(second).toMatchObject({ databases: 1, files: first.files, omissions: [] });
  expect(await nodeAt(t.repository, second.id, path)).toEqual(
    await nodeAt(t.repository, first.id, path),
  );
  await expect(t.snapshot({ ahead: 60_000, noScratch: true, force: true })).rejects.toThrow();
});

test("what was written to within two seconds before the last snapshot, or later, is copied again", async () => {
  await using t = await scene();
  openDatabase(`${t.stateDir}/workspace/own.sqlite`).close();
  await t.snapshot();
  await expect(t.snapshot({ noScratch: true })).rejects.toThrow();
});

test("a file that vanished, one that appeared and one that changed are told from those that stayed", async () => {
  await using t = await scene();
  await t.snapshot({ ahead: 60_000 });
  writeFileSync(`${t.stateDir}/workspace/new.md`, "new");
  writeFileSync(`${t.stateDir}/workspace/notes.md`, "other");
  const { changes, parent } = await t.snapshot({ ahead: 60_000 });
  expect(parent).not.toBeNull();
  expect(changes).toMatchObject({ filesNew: 1, filesChanged: 1, filesUnmodified: 1 });
});

test("a run that fails leaves no snapshot and no lock", async () => {
  await using t = await scene();
  openDatabase(`${t.stateDir}/workspace/own.sqlite`).close();
  await expect(t.snapshot({ noScratch: true })).rejects.toThrow();
  for (const kind of ["snapshot", "lock"] as const) {
    for await (const file of t.repository.storedFiles.list(kind)) expect(file).toBeUndefined();
  }
});

test("while another holds the repository alone, a snapshot is refused with repository-locked", async () => {
  await using t = await scene();
  await using _pruning = await t.repository.lock({ exclusive: true });
  await expect(t.snapshot()).rejects.toMatchObject({ code: "repository-locked" });
});

test("a damaged database is an omission, and its bytes lie beside the tree, not in it", async () => {
  await using t = await scene();
  const path = `${t.stateDir}/state/openclaw.sqlite`;
  mkdirSync(`${t.stateDir}/state`);
  const damaged = Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8176, 0xa5)]);
  writeFileSync(path, damaged);
  const taken = await t.snapshot();
  expect(taken).toMatchObject({ degraded: true, omissions: [{ path, reason: "damaged" }] });
  await expect(nodeAt(t.repository, taken.id, path)).rejects.toThrow("is not in the snapshot");
  expect(await t.contentOf(taken.id, `/.clawback/damaged${path}`)).toEqual(damaged);
  const again = await t.snapshot({ ahead: 60_000 });
  expect(again).toMatchObject({ degraded: true, omissions: [{ path, reason: "damaged" }] });
});

test("names that are hard links, links and odd names come back as nodes that say so", async () => {
  await using t = await scene();
  const workspace = `${t.stateDir}/workspace`;
  linkSync(`${workspace}/notes.md`, `${workspace}/twin.md`);
  symlinkSync("notes.md", `${workspace}/link`);
  writeFileSync(
    Buffer.concat([Buffer.from(`${workspace}/`), Buffer.from([0xff, 0x22, 0x0a])]),
    "odd",
  );
  const { id } = await t.snapshot();
  const [notes, twin] = await Promise.all(
    ["notes.md", "twin.md"].map((name) => nodeAt(t.repository, id, `${workspace}/${name}`)),
  );
  expect(notes).toMatchObject({ links: 2n, deviceId: expect.any(BigInt) });
  expect(twin).toMatchObject({ inode: notes?.inode, content: notes?.content });
  expect(await nodeAt(t.repository, id, `${workspace}/link`)).toMatchObject({
    linkTarget: "notes.md",
  });
  expect((await t.contentOf(id, `${workspace}/\udcff"\n`)).toString()).toBe("odd");
});
