import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { createArchiveAudit, readArchive } from "../../lib/archive/index.ts";
import { type CreateArchiveOptions, createArchive } from "../../lib/backup/index.ts";
import { BackupError, createBackupId, systemClock } from "../../lib/base/index.ts";
import { openCatalog } from "../../lib/catalog/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../lib/storage/index.ts";
import { type Fault, type FaultyStorage, faultyStorage } from "../helpers/faulty-storage.ts";
import { canMount, smallDisk } from "../helpers/mounts.ts";
import {
  type CaptureSetting,
  captureOptions,
  plainInstallation,
} from "../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { dir, file, tree, writeTree } from "../helpers/tree.ts";

const GLOBAL = "state/state/openclaw.sqlite";

/** A state directory with files before and after a database, so that a run can be stopped in the middle of it. */
async function prepare(): Promise<TempDir & { readonly database: DatabaseSync }> {
  const base = await tempDir();
  mkdirSync(base.join("tmp"));
  const noise = randomBytes(9_000_000);
  writeTree(
    base.join("state"),
    tree({ "a.bin": file(noise), workspace: dir({ "z.md": file("z") }) }),
  );
  mkdirSync(dirname(base.join(GLOBAL)), { recursive: true });
  const database = new DatabaseSync(base.join(GLOBAL));
  database.exec("CREATE TABLE t(n); INSERT INTO t VALUES (1)");
  return {
    ...base,
    database,
    async [Symbol.asyncDispose]() {
      if (database.isOpen) database.close();
      await base[Symbol.asyncDispose]();
    },
  };
}

function options(
  base: TempDir,
  storage: ObjectStorage,
  setting?: CaptureSetting,
): CreateArchiveOptions {
  const now = systemClock.now();
  return {
    id: createBackupId(now),
    instance: "agent-1",
    now,
    destination: { type: "storage", id: "memory", storage },
    capture: captureOptions(plainInstallation(base.join("state")), base.join("tmp"), setting),
    openclaw: { version: "2026.9.6", schemaVersions: {} },
    host: { name: "box", platform: "linux", nodeVersion: "v24.21.0" },
    clawbackVersion: "0.1.0",
  };
}

async function attempt(base: TempDir, script: readonly Fault[]) {
  await using memory = new MemoryStorage();
  const storage: FaultyStorage = faultyStorage(memory, script);
  const failure = await createArchive(options(base, storage)).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(readdirSync(base.join("tmp"))).toEqual([]);
  const catalog = openCatalog({
    storages: [{ id: "memory", storage: memory }],
    clock: systemClock,
  });
  const { backups, problems } = await catalog.list({ instance: "agent-1" });
  const objects: string[] = [];
  for await (const { key } of memory.list("agent-1/archives/")) objects.push(key);
  return { failure, backups, problems, objects, calls: storage.calls };
}

describe("whichever call to the storage fails", () => {
  test.each(["before", "response", 1000] as const)(
    "%s it was carried out, there is one whole backup or none, and none was reported that is not there",
    async (at) => {
      await using base = await prepare();
      const { calls } = await attempt(base, []);
      expect(calls.length).toBeGreaterThan(5);
      for (let nth = 1; nth <= calls.length; nth++) {
        const { failure, backups, problems, objects } = await attempt(base, [{ nth, at }]);
        expect(problems).toEqual([]);
        if (failure === undefined) expect(backups).toHaveLength(1);
        else expect(failure).toBeInstanceOf(BackupError);
        if (backups.length === 0) expect(objects).toEqual([]);
        else expect(objects).toHaveLength(3);
      }
    },
  );
});

/** Takes a first piece, and fails when capture has gone on to the database. */
class LostConnection extends MemoryStorage {
  readonly failure = new BackupError("storage-unavailable", "the connection is gone");

  override async putStream(_key: string, body: AsyncIterable<Uint8Array>): Promise<never> {
    for await (const _ of body) {
      await systemClock.sleep(1000);
      throw this.failure;
    }
    throw this.failure;
  }
}

test("a failing upload ends a capture that waits for a locked database at once", async () => {
  await using base = await prepare();
  base.database.exec("BEGIN EXCLUSIVE");
  await using storage = new LostConnection();
  const started = performance.now();
  const waiting = options(base, storage, { lockTimeoutMs: 60_000 });
  await expect(createArchive(waiting)).rejects.toBe(storage.failure);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(readdirSync(base.join("tmp"))).toEqual([]);
});

test("a cancelled run that waits for a locked database ends at once", async () => {
  await using base = await prepare();
  base.database.exec("BEGIN EXCLUSIVE");
  await using memory = new MemoryStorage();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 500);
  const started = performance.now();
  const waiting = { ...options(base, memory, { lockTimeoutMs: 60_000 }), signal: stop.signal };
  await expect(createArchive(waiting)).rejects.toMatchObject({ code: "cancelled" });
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(readdirSync(base.join("tmp"))).toEqual([]);
});

test("a damaged database makes a degraded archive that still verifies and holds its raw bytes apart", async () => {
  await using base = await prepare();
  base.database.close();
  writeFileSync(base.join(GLOBAL), Buffer.alloc(8192, "SQLite format 3\0"));
  await using memory = new MemoryStorage();
  const report = await createArchive(options(base, memory));
  expect(report).toMatchObject({
    degraded: true,
    databases: 0,
    omissions: [{ reason: "damaged" }],
  });
  const audit = createArchiveAudit();
  const stored = `agent-1/archives/${report.id}/archive.tar.gz`;
  const reader = readArchive(memory.getStream(stored));
  const roles: string[] = [];
  for await (const entry of reader) {
    if (entry.role !== "payload")
      roles.push(`${entry.role} ${entry.path.slice(-22)} ${entry.sizeBytes}`);
    for await (const _ of audit.watch(entry).body);
  }
  expect(roles).toEqual(["damaged /state/openclaw.sqlite 8192"]);
  expect(audit.findings(reader.contents())).toEqual([]);
});

describe.skipIf(!canMount)("a home that is full (needs root)", () => {
  test("leaves databases out, says so, and the rest is backed up", async () => {
    await using base = await prepare();
    base.database.exec("INSERT INTO t SELECT zeroblob(1000000)");
    await using disk = await smallDisk(512);
    await using memory = new MemoryStorage();
    const made = options(base, memory, { temporaryDirectory: disk.path });
    const report = await createArchive(made);
    expect(report).toMatchObject({ degraded: true, files: 2, omissions: [{ reason: "no-space" }] });
    expect(report.omissions[0]?.detail).toMatch(/\d/);
    expect(readdirSync(disk.path)).toEqual([]);
  });

  test("does not keep a large file that is being written to from being read", async () => {
    await using base = await prepare();
    await using disk = await smallDisk(512);
    await using memory = new MemoryStorage();
    writeFileSync(base.join("state/busy.bin"), Buffer.alloc(2_000_000, "b"));
    const made = options(base, memory, {
      temporaryDirectory: disk.path,
      flags: { forceExclude: ["*.sqlite"] },
    });
    const report = await createArchive(made);
    expect(report).toMatchObject({ files: 3, omissions: [] });
  });
});
