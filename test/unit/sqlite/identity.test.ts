import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { identifyDatabase } from "../../../lib/sqlite/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

/** Opens a new database and gives what commits to it: each call changes one row only, in pages that exist. */
function openDatabase(
  path: string,
  journalMode: string,
): { database: DatabaseSync; commit: () => void } {
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA journal_mode=${journalMode}; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=40`,
  );
  database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 0)");
  const update = database.prepare("UPDATE t SET n = 1 - n WHERE id = 1");
  return { database, commit: () => void update.run() };
}

test.each(["wal", "delete", "truncate", "persist"])(
  "no commit of thousands leaves the identity as it was, in journal mode %s",
  async (mode) => {
    await using dir = await tempDir();
    const path = dir.join("x.sqlite");
    const { database, commit } = openDatabase(path, mode);
    using _open = database;
    const seen = new Set<string>();
    const commits = mode === "wal" ? 3000 : 1000;
    for (let i = 0; i < commits; i++) {
      commit();
      // Each leaves the log at its size or begins it anew, some with the same frames as before.
      if (i % 97 === 0) database.exec("PRAGMA wal_checkpoint(RESTART)");
      if (i % 211 === 0) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const identity = identifyDatabase(path);
      expect(identity?.text).toBeTypeOf("string");
      seen.add(identity?.text ?? "");
    }
    expect(seen.size).toBe(commits);
  },
);

test("what nobody writes to keeps its identity, also when it is read", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.sqlite");
  const { database, commit } = openDatabase(path, "wal");
  using _open = database;
  commit();
  const before = identifyDatabase(path);
  expect(before?.changedNs).toBeGreaterThan(0n);
  database.prepare("SELECT * FROM t").all();
  expect(identifyDatabase(path)).toEqual(before);
});

test("a commit that overwrites a frame before one that a crash left is seen, although the last commit frame is the same", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.sqlite");
  const { database, commit } = openDatabase(path, "wal");
  using _open = database;
  for (let i = 0; i < 3; i++) commit();
  const before = identifyDatabase(path)?.text.split(":") ?? [];
  const wal = readFileSync(`${path}-wal`);
  const frames = (wal.length - 32) / (24 + 4096);
  const checksumOfLastButOne = 32 + (frames - 2) * (24 + 4096) + 16;
  wal.writeUInt8(wal.readUInt8(checksumOfLastButOne) ^ 1, checksumOfLastButOne);
  writeFileSync(`${path}-wal`, wal);
  const after = identifyDatabase(path)?.text.split(":") ?? [];
  expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
  expect(after.at(-1)).not.toBe(before.at(-1));
});

test("a hot journal, a file of another kind and an absent one have no identity", async () => {
  await using dir = await tempDir();
  const path = dir.join("x.sqlite");
  const { database } = openDatabase(path, "delete");
  database.close();
  expect(identifyDatabase(path)).toBeDefined();
  writeFileSync(`${path}-journal`, Buffer.from("d9d505f920a163d7", "hex"));
  expect(identifyDatabase(path)).toBeUndefined();
  appendFileSync(dir.join("text"), "no database".repeat(100));
  expect(identifyDatabase(dir.join("text"))).toBeUndefined();
  expect(identifyDatabase(dir.join("nothing"))).toBeUndefined();
});
