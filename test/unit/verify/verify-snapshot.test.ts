import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Repository } from "../../../lib/repository/index.ts";
import type { MemoryStorage } from "../../../lib/storage/index.ts";
import { verifySnapshot } from "../../../lib/verify/index.ts";
import { initTestRepository } from "../../helpers/repository.ts";
import { type Machine, machine, makeDatabase } from "../../helpers/restore-machine.ts";
import { snapshotFacts, snapshotSource, storeTree } from "../../helpers/snapshots.ts";

async function scene(prepare: (stateDir: string) => void = () => undefined) {
  const box = await machine();
  mkdirSync(`${box.stateDir}/state`);
  makeDatabase(`${box.stateDir}/state/openclaw.sqlite`);
  writeFileSync(`${box.stateDir}/workspace/large`, Buffer.alloc(1_500_000, "0123456789abcdef"));
  linkSync(`${box.stateDir}/workspace/large`, `${box.stateDir}/workspace/same`);
  prepare(box.stateDir);
  const repository = await initTestRepository();
  const { snapshot } = await storeTree(repository, [box.stateDir]);
  return { box, repository, tree: snapshot.tree };
}

async function verify(
  { box, repository, tree }: { box: Machine; repository: Repository; tree: string },
  isOurs = true,
) {
  const facts = isOurs ? snapshotFacts(box.stateDir) : undefined;
  const source = await snapshotSource(repository, tree, facts);
  const report = await verifySnapshot({ source, temporaryDirectory: box.join("home/tmp") });
  expect(readdirSync(box.join("home/tmp"))).toEqual([]);
  return report;
}

test("a sound snapshot is read to the last blob, and leaves nothing behind", async () => {
  const stored = await scene();
  await using _box = stored.box;
  const report = await verify(stored);
  expect(report).toMatchObject({ ok: true, backup: null, findings: [] });
  expect(report.checked).toMatchObject({ files: 10, databases: 1 });
  expect(report.checked.bytes).toBeGreaterThan(1_500_000);
});

test("a database that is not sound is a finding", async () => {
  const stored = await scene((stateDir) => {
    const database = new DatabaseSync(`${stateDir}/state/other.sqlite`);
    database.exec("CREATE TABLE a (b); CREATE INDEX i ON a (b)");
    for (let i = 0; i < 500; i++) database.exec(`INSERT INTO a VALUES ('${"x".repeat(i)}')`);
    database.close();
    const path = `${stateDir}/state/other.sqlite`;
    const bytes = readFileSync(path);
    bytes.fill(0xff, 8192, 12_288);
    writeFileSync(path, bytes);
  });
  await using _box = stored.box;
  const report = await verify(stored);
  expect(report.findings).toMatchObject([
    { code: "data-corrupt", path: `${stored.box.stateDir}/state/other.sqlite` },
  ]);
  expect(report.checked).toMatchObject({ files: 11, databases: 2 });
});

test("each file of a missing pack is a finding, and so is a directory whose tree is missing", async () => {
  const stored = await scene();
  await using _box = stored.box;
  const storage = stored.repository.storage as MemoryStorage;
  const index = await stored.repository.loadIndex();
  for (const { packId, blobs } of index.packs()) {
    if (blobs[0]?.type === "data") await storage.delete(`data/${packId.slice(0, 2)}/${packId}`);
  }
  const report = await verify(stored);
  expect(report.ok).toBe(false);
  expect(report.findings).toHaveLength(9);
  expect(report.findings[0]).toMatchObject({ code: "data-missing" });
  for (const { packId } of index.packs())
    await storage.delete(`data/${packId.slice(0, 2)}/${packId}`);
  expect(await verify(stored)).toMatchObject({
    ok: false,
    findings: [{ code: "data-missing", path: "/", message: expect.stringContaining("root") }],
  });
});

test("a database that was copied with its log is opened together with it", async () => {
  let live: DatabaseSync | undefined;
  const stored = await scene((stateDir) => {
    live = new DatabaseSync(`${stateDir}/state/live.sqlite`);
    live.exec("PRAGMA journal_mode = WAL; CREATE TABLE a (b); INSERT INTO a VALUES (1)");
  });
  await using _box = stored.box;
  const report = await verify(stored, false);
  live?.close();
  expect(report).toMatchObject({ ok: true, checked: { databases: 2 } });
});
