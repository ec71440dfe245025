import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { captureDatabase } from "../../../lib/sqlite/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

/** Makes a database, and gives it back open. */
function makeDatabase(path: string, ...statements: string[]): DatabaseSync {
  const database = new DatabaseSync(path);
  for (const statement of statements) database.exec(statement);
  return database;
}

function rows(path: string, sql: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const problem = (reason: string) =>
  expect.objectContaining({
    code: "source-unreadable",
    details: expect.objectContaining({ reason }),
  });

/** 2,000 rows, about 900 kB. */
const FILL = `
  WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 2000)
  INSERT INTO t SELECT value, hex(randomblob(200)) FROM n`;

const names = (temp: TempDir) => readdirSync(temp.path).sort();

describe("captureDatabase", () => {
  it("copies what is committed in the log only, into one file in delete mode", async () => {
    await using temp = await tempDir();
    const source = temp.join("s.sqlite");
    const live = makeDatabase(
      source,
      "PRAGMA page_size=8192",
      "PRAGMA auto_vacuum=2",
      "PRAGMA journal_mode=WAL",
      "PRAGMA wal_autocheckpoint=0",
      "CREATE TABLE t(a, b)",
      FILL,
      "PRAGMA user_version=18",
    );
    try {
      expect(statSync(source).size).toBe(8192);
      const walSize = statSync(`${source}-wal`).size;
      const captured = await captureDatabase(source, temp.join("copy"));
      expect(captured).toMatchObject({
        pageSize: 8192,
        sourceJournalMode: "wal",
        userVersion: 18,
        findings: [],
        sizeBytes: statSync(temp.join("copy")).size,
      });
      expect(statSync(`${source}-wal`).size).toBe(walSize);
    } finally {
      live.close();
    }
    expect(names(temp)).toEqual(["copy", "s.sqlite"]);
    const header = readFileSync(temp.join("copy")).subarray(18, 20);
    expect([...header]).toEqual([1, 1]);
    expect(rows(temp.join("copy"), "SELECT count(*) AS n FROM t")).toEqual([{ n: 2000 }]);
    expect(rows(temp.join("copy"), "PRAGMA auto_vacuum")).toEqual([{ auto_vacuum: 2 }]);
    expect(statSync(temp.join("copy")).mode & 0o777).toBe(0o600);
  });

  it("copies a database in rollback mode", async () => {
    await using temp = await tempDir();
    makeDatabase(temp.join("s"), "CREATE TABLE t(a, b)", FILL).close();
    const captured = await captureDatabase(temp.join("s"), temp.join("copy"));
    expect(captured).toMatchObject({ sourceJournalMode: "rollback", findings: [] });
    const [source, copy] = [readFileSync(temp.join("s")), readFileSync(temp.join("copy"))];
    // The header counts changes of its own.
    expect(copy.subarray(100).equals(source.subarray(100))).toBe(true);
    expect(names(temp)).toEqual(["copy", "s"]);
  });

  it("takes a file of 0 bytes for the empty database that it is", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("s"), "");
    const captured = await captureDatabase(temp.join("s"), temp.join("copy"));
    expect(captured).toMatchObject({ sizeBytes: 0, findings: [], userVersion: 0 });
    expect(names(temp)).toEqual(["copy", "s"]);
  });

  it("does not open an empty file with a log, because SQLite would delete the log", async () => {
    await using temp = await tempDir();
    const live = makeDatabase(temp.join("w"), "PRAGMA journal_mode=WAL", "CREATE TABLE t(a)");
    copyFileSync(temp.join("w-wal"), temp.join("s-wal"));
    live.close();
    writeFileSync(temp.join("s"), "");
    await expect(captureDatabase(temp.join("s"), temp.join("copy"))).rejects.toEqual(
      problem("damaged"),
    );
    expect(statSync(temp.join("s-wal")).size).toBeGreaterThan(0);
    expect(existsSync(temp.join("copy"))).toBe(false);
  });

  it("undoes in the copy what a crash left half done, and leaves the source as it is", async () => {
    await using temp = await tempDir();
    const live = makeDatabase(
      temp.join("live"),
      "PRAGMA cache_size=5",
      "CREATE TABLE t(a, b)",
      FILL,
    );
    live.exec("BEGIN");
    live.exec("UPDATE t SET b = 'changed'");
    for (const suffix of ["", "-journal"]) {
      copyFileSync(temp.join(`live${suffix}`), temp.join(`s${suffix}`));
    }
    live.exec("ROLLBACK");
    live.close();
    const before = [readFileSync(temp.join("s")), readFileSync(temp.join("s-journal"))];
    expect(String(before[0])).toContain("changed");
    const captured = await captureDatabase(temp.join("s"), temp.join("copy"));
    expect(captured).toMatchObject({ sourceJournalMode: "rollback", findings: [] });
    expect(rows(temp.join("copy"), "SELECT count(*) AS n FROM t WHERE b = 'changed'")).toEqual([
      { n: 0 },
    ]);
    expect([readFileSync(temp.join("s")), readFileSync(temp.join("s-journal"))]).toEqual(before);
    expect(names(temp)).toEqual(["copy", "live", "s", "s-journal"]);
  });

  it("cleans the copy, so that nothing of the rows is left in it, and not the source", async () => {
    await using temp = await tempDir();
    const source = temp.join("s");
    makeDatabase(
      source,
      "CREATE TABLE state_leases(id, token)",
      "INSERT INTO state_leases VALUES (1, 'lease-secret-4711')",
      "CREATE TABLE kept(a)",
      "CREATE TABLE guarded(a)",
      "INSERT INTO guarded VALUES (1)",
      "CREATE TRIGGER no BEFORE DELETE ON guarded BEGIN SELECT RAISE(ABORT, 'not allowed'); END",
    ).close();
    const cleanCopy = [
      "DELETE FROM no_such_table",
      "DELETE FROM guarded",
      "DELETE FROM state_leases",
    ];
    const captured = await captureDatabase(source, temp.join("copy"), { cleanCopy });
    expect(rows(temp.join("copy"), "SELECT * FROM state_leases")).toEqual([]);
    expect(rows(temp.join("copy"), "SELECT * FROM guarded")).toEqual([{ a: 1 }]);
    expect(captured.notes).toEqual([expect.stringContaining("not allowed")]);
    expect(String(readFileSync(temp.join("copy")))).not.toContain("lease-secret");
    expect(String(readFileSync(source))).toContain("lease-secret");
  });

  it("captures tables whose module or tokenizer is missing here", async () => {
    await using temp = await tempDir();
    const live = new DatabaseSync(temp.join("s"), { defensive: false });
    live.exec("CREATE VIRTUAL TABLE f USING fts5(a, tokenize='porter')");
    live.exec("INSERT INTO f VALUES ('hello')");
    live.exec("CREATE TABLE vec_chunks(id INTEGER PRIMARY KEY, vector BLOB)");
    live.exec("PRAGMA writable_schema=ON");
    live.exec(
      `INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql)
       VALUES ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING vec0(embedding float[4])')`,
    );
    live.exec("UPDATE sqlite_schema SET sql = replace(sql, 'porter', 'missing') WHERE name = 'f'");
    live.close();
    const captured = await captureDatabase(temp.join("s"), temp.join("copy"), {
      cleanCopy: ["DELETE FROM vec", "DELETE FROM vec_chunks"],
    });
    expect(captured.findings).toEqual([]);
    expect(captured.notes).toEqual([expect.stringContaining("vec0")]);
  });

  it("keeps every page at its place, for the sake of deduplication", async () => {
    await using temp = await tempDir();
    const live = makeDatabase(
      temp.join("s"),
      "PRAGMA journal_mode=WAL",
      "CREATE TABLE t(a, b)",
      FILL,
      "DELETE FROM t WHERE a % 3 = 0",
      "PRAGMA wal_checkpoint(TRUNCATE)",
    );
    await captureDatabase(temp.join("s"), temp.join("copy"));
    live.close();
    const [source, copy] = [readFileSync(temp.join("s")), readFileSync(temp.join("copy"))];
    expect(copy.length).toBe(source.length);
    expect(copy.subarray(4096).equals(source.subarray(4096))).toBe(true);
  });

  it("takes names that are not UTF-8", async () => {
    await using temp = await tempDir();
    makeDatabase(temp.join("s"), "CREATE TABLE t(a)").close();
    renameSync(temp.join("s"), Buffer.from(`${temp.path}/s\xff`, "latin1"));
    const captured = await captureDatabase(temp.join("s\udcff"), temp.join("copy\udcff"));
    expect(captured.findings).toEqual([]);
  });

  it("reports progress in bytes", async () => {
    await using temp = await tempDir();
    makeDatabase(
      temp.join("s"),
      "CREATE TABLE t(b)",
      "INSERT INTO t VALUES (zeroblob(40000000))",
    ).close();
    const bytes: number[] = [];
    await captureDatabase(temp.join("s"), temp.join("copy"), {
      onProgress: (event) => {
        if (event.type === "progress") bytes.push(event.bytes ?? 0);
      },
    });
    expect(bytes.length).toBeGreaterThan(1);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  });
});

describe("captureDatabase fails and leaves nothing", () => {
  it("when the source has vanished, is a link, or a directory", async () => {
    await using temp = await tempDir();
    mkdirSync(temp.join("dir"));
    symlinkSync("dir", temp.join("link"));
    const capture = (name: string) => captureDatabase(temp.join(name), temp.join("copy"));
    await expect(capture("no")).rejects.toEqual(problem("vanished"));
    await expect(capture("link")).rejects.toEqual(problem("unreadable"));
    await expect(capture("dir")).rejects.toEqual(problem("unreadable"));
    expect(names(temp)).toEqual(["dir", "link"]);
  });

  it.each([
    ["encrypted", Buffer.alloc(8192, "not a database at all ")],
    ["garbage after the header", Buffer.from(`SQLite format 3\0${"garbage ".repeat(1000)}`)],
    ["a header alone", Buffer.from("SQLite format 3\0")],
  ])("when the source is %s", async (_, bytes) => {
    await using temp = await tempDir();
    writeFileSync(temp.join("s"), bytes);
    await expect(captureDatabase(temp.join("s"), temp.join("copy"))).rejects.toEqual(
      problem("damaged"),
    );
    expect(names(temp)).toEqual(["s"]);
    expect(readFileSync(temp.join("s"))).toEqual(bytes);
  });

  it("when something is at the target, which stays", async () => {
    await using temp = await tempDir();
    makeDatabase(temp.join("s"), "CREATE TABLE t(a)").close();
    writeFileSync(temp.join("copy"), "mine");
    await expect(captureDatabase(temp.join("s"), temp.join("copy"))).rejects.toMatchObject({
      code: "target-not-empty",
    });
    expect(readFileSync(temp.join("copy"), "utf8")).toBe("mine");
  });

  it("when it is cancelled before or in the middle", async () => {
    await using temp = await tempDir();
    makeDatabase(
      temp.join("s"),
      "CREATE TABLE t(b)",
      "INSERT INTO t VALUES (zeroblob(60000000))",
    ).close();
    const controller = new AbortController();
    const capture = captureDatabase(temp.join("s"), temp.join("copy"), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(capture).rejects.toMatchObject({ code: "cancelled" });
    await expect(
      captureDatabase(temp.join("s"), temp.join("copy"), { signal: controller.signal }),
    ).rejects.toMatchObject({ code: "cancelled" });
    expect(names(temp)).toEqual(["s"]);
  });
});

describe("a damaged database", () => {
  it("is captured with findings when only some page is bad", async () => {
    await using temp = await tempDir();
    makeDatabase(temp.join("s"), "CREATE TABLE t(a PRIMARY KEY, b)", FILL).close();
    const bytes = readFileSync(temp.join("s"));
    bytes.fill(0xa5, 5 * 4096, 6 * 4096);
    writeFileSync(temp.join("s"), bytes);
    const { findings } = await captureDatabase(temp.join("s"), temp.join("copy"));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThanOrEqual(20);
  });
});
