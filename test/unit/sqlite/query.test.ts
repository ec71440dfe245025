import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { provesUnused, queryDatabase, updateDatabase } from "../../../lib/sqlite/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const unreadable = expect.objectContaining({ code: "source-unreadable" });

describe("queryDatabase", () => {
  it("gives rows with values as they are stored", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), [
      { sql: "CREATE TABLE t(a, b, c, d, e)" },
      {
        sql: "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
        parameters: [1, 2n ** 62n, "x", Uint8Array.of(7), null],
      },
    ]);
    expect(queryDatabase(temp.join("s"), "SELECT * FROM t WHERE a = ?", [1])).toEqual([
      { a: 1, b: 2n ** 62n, c: "x", d: Uint8Array.of(7), e: null },
    ]);
    expect(queryDatabase(temp.join("s"), "SELECT * FROM t WHERE a = 2")).toEqual([]);
  });

  it("never writes", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), [{ sql: "CREATE TABLE t(a)" }]);
    expect(() => queryDatabase(temp.join("s"), "INSERT INTO t VALUES (1)")).toThrow(unreadable);
    expect(() => queryDatabase(temp.join("no"), "SELECT 1")).toThrow(unreadable);
    expect(readdirSync(temp.path)).toEqual(["s"]);
  });

  it("reads a live database without touching its log", async () => {
    await using temp = await tempDir();
    const live = new DatabaseSync(temp.join("s"));
    try {
      live.exec("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (5)");
      const log = readFileSync(temp.join("s-wal"));
      expect(queryDatabase(temp.join("s"), "SELECT a FROM t")).toEqual([{ a: 5 }]);
      expect(readFileSync(temp.join("s-wal")).equals(log)).toBe(true);
    } finally {
      live.close();
    }
  });

  it("refuses more rows than are small facts", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), []);
    const sql = "WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n) SELECT v FROM n";
    expect(() => queryDatabase(temp.join("s"), sql)).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });

  it("says what is wrong with what is no database", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("s"), "no database, but long enough to be taken for something");
    expect(() => queryDatabase(temp.join("s"), "SELECT * FROM sqlite_schema")).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ reason: "damaged" }) }),
    );
    expect(() => queryDatabase(temp.path, "SELECT * FROM sqlite_schema")).toThrow(unreadable);
  });

  it("takes a path for a path, even where SQLite would see something else in it", async () => {
    await using temp = await tempDir();
    expect(() => queryDatabase(":memory:", "SELECT 1")).toThrow(unreadable);
    expect(() => queryDatabase(`file:${temp.join("s")}?mode=rwc`, "SELECT 1")).toThrow(unreadable);
    expect(readdirSync(temp.path)).toEqual([]);
  });
});

describe("updateDatabase", () => {
  it("tells how many rows changed, and lets keys be moved within the transaction", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), [
      { sql: "CREATE TABLE p(x PRIMARY KEY)" },
      { sql: "CREATE TABLE t(a REFERENCES p(x))" },
      { sql: "INSERT INTO p VALUES ('/old')" },
      { sql: "INSERT INTO t VALUES ('/old'), ('/old')" },
    ]);
    const changes = updateDatabase(temp.join("s"), [
      { sql: "UPDATE p SET x = ?", parameters: ["/new"] },
      { sql: "UPDATE t SET a = ? WHERE a = ?", parameters: ["/new", "/old"] },
    ]);
    expect(changes).toEqual([1, 2]);
  });

  it("changes nothing when one statement fails", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), [{ sql: "CREATE TABLE t(a)" }]);
    const before = readFileSync(temp.join("s"));
    const statements = [{ sql: "INSERT INTO t VALUES (1)" }, { sql: "INSERT INTO no VALUES (1)" }];
    expect(() => updateDatabase(temp.join("s"), statements)).toThrow(unreadable);
    expect(readFileSync(temp.join("s")).equals(before)).toBe(true);
    expect(readdirSync(temp.path)).toEqual(["s"]);
  });
});

describe("provesUnused", () => {
  it("takes what is missing, empty or no database for unused, and leaves nothing behind", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("empty"), "");
    writeFileSync(temp.join("text"), "some text that is longer than a header of SQLite would be");
    for (const name of ["no", "empty", "text"]) {
      expect([name, provesUnused(temp.join(name), temp.path)]).toEqual([name, true]);
    }
    expect(readdirSync(temp.path).sort()).toEqual(["empty", "text"]);
  });

  it("sees a connection of this process too", async () => {
    await using temp = await tempDir();
    const live = new DatabaseSync(temp.join("s"));
    live.exec("PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    expect(provesUnused(temp.join("s"))).toBe(false);
    live.close();
    expect(provesUnused(temp.join("s"))).toBe(true);
    expect(readdirSync(temp.path)).toEqual(["s"]);
  });

  it("says that it cannot tell where no hard link can be made", async () => {
    await using temp = await tempDir();
    updateDatabase(temp.join("s"), [{ sql: "CREATE TABLE t(a)" }]);
    expect(() => provesUnused(temp.join("s"), temp.join("missing"))).toThrow(unreadable);
  });
});
