import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { pluginsToReinstall, requiredSchema } from "../../../lib/openclaw/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { file, writeTree } from "../../helpers/tree.ts";

function make(path: string, ...statements: string[]): string {
  const db = new DatabaseSync(path);
  for (const sql of statements) db.exec(sql);
  db.close();
  return path;
}

const META = "CREATE TABLE schema_meta (meta_key TEXT, role TEXT)";

test("a database of OpenClaw's tells its role and schema version", async () => {
  await using dir = await tempDir();
  const insert = "INSERT INTO schema_meta VALUES ('primary', 'agent')";
  const path = make(dir.join("a"), META, insert, "PRAGMA user_version = 23");
  expect(requiredSchema(path)).toEqual({ role: "agent", userVersion: 23 });
});

test.each([
  ["without the table", []],
  ["with an empty one", [META]],
  ["of another role", [META, "INSERT INTO schema_meta VALUES ('primary', 'quarantine')"]],
])("a database %s is none of OpenClaw's", async (_, statements) => {
  await using dir = await tempDir();
  const path = make(dir.join("a"), "CREATE TABLE t (x)", ...statements);
  expect(requiredSchema(path)).toBeUndefined();
});

test("a file that is no database is refused", async () => {
  await using dir = await tempDir();
  writeTree(dir.path, {
    a: file("no database at all, but long enough to be read as one".repeat(20)),
  });
  expect(() => requiredSchema(dir.join("a"))).toThrow(
    expect.objectContaining({ name: "BackupError" }),
  );
});

test("plugins in directories that are left out are to be installed again", async () => {
  await using dir = await tempDir();
  const records = {
    dice: {
      installPath: "/h/.openclaw/npm/projects/dice/node_modules/@me/dice",
      ...{ version: "1.0.0", resolvedName: "@me/dice", resolvedSpec: "@me/dice@1.0.0" },
    },
    notes: { installPath: "/h/.openclaw/extensions/notes", version: "2.0.0" },
    odd: { installPath: "/h/.openclaw/git/odd" },
    broken: null,
  };
  const index = JSON.stringify({ index: { installRecords: records } });
  const path = make(
    dir.join("a"),
    "CREATE TABLE config_machine_state (state_key TEXT, value_json TEXT)",
    `INSERT INTO config_machine_state VALUES ('plugins.installedIndex', '${index}')`,
  );
  expect(pluginsToReinstall(path)).toEqual([
    { name: "@me/dice", version: "1.0.0", spec: "@me/dice@1.0.0" },
    { name: "odd", version: "unknown", spec: undefined },
  ]);
});

test.each(["{", "null", "[]", '{"index":{"installRecords":[]}}', '{"index":5}'])(
  "records that read %s tell of no plugins",
  async (value) => {
    await using dir = await tempDir();
    const path = make(
      dir.join("a"),
      "CREATE TABLE config_machine_state (state_key TEXT, value_json TEXT)",
      `INSERT INTO config_machine_state VALUES ('plugins.installedIndex', '${value}')`,
    );
    expect(pluginsToReinstall(path)).toEqual([]);
    expect(pluginsToReinstall(make(dir.join("b"), "CREATE TABLE t (x)"))).toEqual([]);
  },
);
