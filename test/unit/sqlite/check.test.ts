import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { checkDatabase, isSqliteHeader, SQLITE_HEADER_BYTES } from "../../../lib/sqlite/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

function makeDatabase(path: string, ...statements: string[]): DatabaseSync {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  for (const statement of statements) database.exec(statement);
  return database;
}

const FILL = `
  WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 1000)
  INSERT INTO t SELECT value, hex(randomblob(100)) FROM n`;

describe("checkDatabase", () => {
  it("finds nothing in a sound database, and changes nothing, whatever its journal mode", async () => {
    await using temp = await tempDir();
    for (const mode of ["wal", "delete"]) {
      const path = temp.join(mode);
      makeDatabase(
        path,
        `PRAGMA journal_mode=${mode}`,
        "CREATE TABLE t(a, b)",
        FILL,
        "PRAGMA user_version=7",
      ).close();
      const before = readFileSync(path);
      expect(await checkDatabase(path)).toEqual({
        ok: true,
        findings: [],
        userVersion: 7,
        tables: 1,
      });
      expect(readFileSync(path).equals(before)).toBe(true);
    }
    expect(readdirSync(temp.path).sort()).toEqual(["delete", "wal"]);
  });

  it("reads what stands in a log beside the database, and leaves both as they are", async () => {
    await using temp = await tempDir();
    const live = makeDatabase(
      temp.join("w"),
      "PRAGMA journal_mode=WAL",
      "CREATE TABLE t(a, b)",
      FILL,
    );
    for (const suffix of ["", "-wal"])
      copyFileSync(temp.join(`w${suffix}`), temp.join(`s${suffix}`));
    live.close();
    const before = readFileSync(temp.join("s-wal"));
    expect(await checkDatabase(temp.join("s"))).toMatchObject({ ok: true, tables: 1 });
    expect(readFileSync(temp.join("s-wal")).equals(before)).toBe(true);
    expect(readdirSync(temp.path).sort()).toEqual(["s", "s-wal", "w"]);
  });

  it("finds rows whose parents are missing, up to 20", async () => {
    await using temp = await tempDir();
    makeDatabase(
      temp.join("s"),
      "CREATE TABLE p(x PRIMARY KEY)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a REFERENCES p(x))",
      "WITH RECURSIVE n(v) AS (SELECT 9223372036854775000 UNION ALL SELECT v + 1 FROM n LIMIT 50) INSERT INTO t SELECT v, v FROM n",
    ).close();
    const { ok, findings } = await checkDatabase(temp.join("s"));
    expect(ok).toBe(false);
    expect(findings).toHaveLength(20);
    expect(findings[0]).toBe("row 9223372036854775000 of t refers to a missing row of p");
  });

  it("does not take a schema that makes a foreign key impossible for damage", async () => {
    await using temp = await tempDir();
    makeDatabase(
      temp.join("s"),
      "CREATE TABLE p(x)",
      "CREATE TABLE t(a REFERENCES p(x), b REFERENCES gone(y))",
      "INSERT INTO t VALUES (NULL, NULL)",
      'CREATE TABLE "it\'s; odd"(a)',
    ).close();
    expect(await checkDatabase(temp.join("s"))).toMatchObject({ ok: true, tables: 3 });
  });

  it("finds an index that does not fit its table", async () => {
    await using temp = await tempDir();
    const live = new DatabaseSync(temp.join("s"), { defensive: false });
    live.exec("CREATE TABLE t(a, b)");
    live.exec(FILL);
    live.exec("CREATE INDEX i ON t(a)");
    live.exec("PRAGMA writable_schema=ON");
    live.exec("UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(b)' WHERE name = 'i'");
    live.close();
    expect((await checkDatabase(temp.join("s"))).ok).toBe(false);
  });

  it.each([
    ["garbage", Buffer.alloc(5000, "garbage")],
    ["a header and garbage", Buffer.from(`SQLite format 3\0${"x".repeat(9000)}`)],
  ])("finds %s to be damaged", async (_, bytes) => {
    await using temp = await tempDir();
    writeFileSync(temp.join("s"), bytes);
    expect(await checkDatabase(temp.join("s"))).toMatchObject({
      ok: false,
      findings: [expect.stringMatching(/not a database|malformed/)],
    });
  });

  it("says when there is nothing to check", async () => {
    await using temp = await tempDir();
    await expect(checkDatabase(temp.join("no"))).rejects.toMatchObject({
      code: "source-unreadable",
      details: { reason: "vanished" },
    });
  });

  it("gives up a check that takes too long, which is a finding, and one that is cancelled", async () => {
    await using temp = await tempDir();
    makeDatabase(
      temp.join("slow"),
      // Each row takes 70 ms: a hostile database can make a check as long as it likes.
      "CREATE TABLE t(a); CREATE INDEX i ON t(length(hex(zeroblob(a * 0 + 20000000))))",
      "INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
    ).close();
    expect(await checkDatabase(temp.join("slow"), { timeoutMs: 100 })).toMatchObject({
      ok: false,
      findings: [expect.stringContaining("given up after 0.1 s")],
    });
    const signal = AbortSignal.timeout(100);
    await expect(checkDatabase(temp.join("slow"), { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

describe("isSqliteHeader", () => {
  it("knows a database by its first bytes", () => {
    const head = Buffer.from("SQLite format 3\0");
    expect(head).toHaveLength(SQLITE_HEADER_BYTES);
    expect(isSqliteHeader(head)).toBe(true);
    expect(isSqliteHeader(Buffer.concat([head, Buffer.alloc(84)]))).toBe(true);
    expect(isSqliteHeader(head.subarray(0, 15))).toBe(false);
    expect(isSqliteHeader(new Uint8Array())).toBe(false);
    for (let at = 0; at < head.length; at++) {
      const changed = Buffer.from(head);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(isSqliteHeader(changed)).toBe(false);
    }
  });
});
