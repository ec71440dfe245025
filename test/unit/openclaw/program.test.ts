import { chmodSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { readOpenClawProgram } from "../../../lib/openclaw/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, writeTree } from "../../helpers/tree.ts";

const MANIFEST = {
  name: "openclaw",
  version: "2026.9.6",
  openclaw: { schemaVersions: { state: 18, agent: 23 } },
};

function install(home: TempDir, manifest: unknown = MANIFEST): string {
  writeTree(home.path, {
    bin: dir(),
    lib: dir({
      openclaw: dir({
        "package.json": file(typeof manifest === "string" ? manifest : JSON.stringify(manifest)),
        "openclaw.mjs": file("#!/usr/bin/env node\n"),
        dist: dir({ "entry.js": file() }),
      }),
    }),
  });
  return home.join("lib/openclaw");
}

const found = (home: TempDir) =>
  readOpenClawProgram({ PATH: `/nowhere::relative:${home.join("bin")}` });

test("the program on PATH tells its version and schema versions through its package", async () => {
  await using home = await tempDir();
  const packageDir = install(home);
  symlinkSync("../lib/openclaw/openclaw.mjs", home.join("bin/openclaw"));
  expect(await found(home)).toEqual({
    version: "2026.9.6",
    schemaVersions: { state: 18, agent: 23 },
    packageDir,
  });
});

test.each([
  [
    "pnpm's",
    '#!/bin/sh\nbasedir=$(dirname "$0")\nexec node  "$basedir/../lib/openclaw/openclaw.mjs" "$@"\n',
  ],
  ["a checkout's", '#!/usr/bin/env bash\nset -e\nexec node "LIB/openclaw/dist/entry.js" "$@"\n'],
])("%s start script is followed", async (_, script) => {
  await using home = await tempDir();
  const packageDir = install(home);
  writeTree(home.join("bin"), { openclaw: file(script.replace("LIB", home.join("lib"))) });
  chmodSync(home.join("bin/openclaw"), 0o755);
  expect(await found(home)).toMatchObject({ version: "2026.9.6", packageDir });
});

test.each([
  ["of another name", { ...MANIFEST, name: "other" }],
  ["without a version", { name: "openclaw" }],
  ["that is no JSON", "{"],
])("a package %s is not it", async (_, manifest) => {
  await using home = await tempDir();
  install(home, manifest);
  symlinkSync("../lib/openclaw/openclaw.mjs", home.join("bin/openclaw"));
  expect(await found(home)).toBeUndefined();
});

test("odd schema versions count as unknown", async () => {
  await using home = await tempDir();
  install(home, { ...MANIFEST, openclaw: { schemaVersions: { state: "18", agent: 1.5 } } });
  symlinkSync("../lib/openclaw/openclaw.mjs", home.join("bin/openclaw"));
  expect(await found(home)).toMatchObject({
    schemaVersions: { state: undefined, agent: undefined },
  });
});

test("no program, a dangling link or no PATH give nothing", async () => {
  await using home = await tempDir();
  writeTree(home.path, { bin: dir() });
  expect(await found(home)).toBeUndefined();
  symlinkSync("gone", home.join("bin/openclaw"));
  expect(await found(home)).toBeUndefined();
  expect(await readOpenClawProgram({})).toBeUndefined();
});
