import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { captureDatabase } from "../../lib/sqlite/index.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

/** Bytes of a database with an index, a foreign key, full-text search and free pages. */
function soundDatabase(temp: TempDir): Buffer {
  const database = new DatabaseSync(temp.join("sound"));
  for (const statement of [
    "CREATE TABLE p(x PRIMARY KEY)",
    "CREATE TABLE t(a PRIMARY KEY, b, c REFERENCES p(x)) WITHOUT ROWID",
    "CREATE INDEX i ON t(b)",
    "CREATE VIRTUAL TABLE f USING fts5(b)",
    "INSERT INTO f VALUES ('some words here'), ('and others there')",
    "INSERT INTO t(a, b) VALUES (1, 'x'), (2, zeroblob(9000))",
    "DELETE FROM t WHERE a = 2",
  ]) {
    database.exec(statement);
  }
  database.close();
  const bytes = readFileSync(temp.join("sound"));
  rmSync(temp.join("sound"));
  return bytes;
}

/** Captures those bytes as a database; gives what came of it, and leaves the directory empty. */
async function outcomeOf(temp: TempDir, bytes: Uint8Array): Promise<unknown> {
  writeFileSync(temp.join("s"), bytes);
  const copy = temp.join("copy");
  const outcome = await captureDatabase(temp.join("s"), copy).catch((error: unknown) => error);
  const left = readdirSync(temp.path);
  for (const name of left) rmSync(temp.join(name));
  expect(left.sort()).toEqual(outcome instanceof Error ? ["s"] : ["copy", "s"]);
  return outcome;
}

const isExpected = expect.toSatisfy(
  (outcome) =>
    !(outcome instanceof Error) || ("code" in outcome && outcome.code === "source-unreadable"),
);

describe("a damaged database", () => {
  it("gives a capture or a database problem, whatever byte of its first pages is wrong", async () => {
    await using temp = await tempDir();
    const sound = soundDatabase(temp);
    // Every field of the header, then samples.
    const places = Array.from({ length: 200 }, (_, i) => (i < 100 ? i : 100 + (i - 100) * 41));
    for (const at of places) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      expect(await outcomeOf(temp, bytes), `byte ${at}`).toEqual(isExpected);
    }
  });

  it("gives a capture or a database problem, wherever it is cut off", async () => {
    await using temp = await tempDir();
    const sound = soundDatabase(temp);
    for (let length = 1; length < sound.length; length += 509) {
      expect(await outcomeOf(temp, sound.subarray(0, length)), `${length}`).toEqual(isExpected);
    }
  });
});
