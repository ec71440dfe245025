import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ExcludeFile } from "../../../lib/capture/index.ts";
import { machine, makeDatabase } from "../../helpers/restore-machine.ts";
import { dir, file, type TreeLiteral, writeTree } from "../../helpers/tree.ts";

const TAG = "Signature: 8a477f597d28d172789f06886806bc55\n";

/** Rules of a backup, what is in the workspace while it is made, and what of that stays at a restore although no backup holds it. */
const CASES: Record<string, { rules: Partial<ExcludeFile>; there: TreeLiteral; stays: string[] }> =
  {
    "a folder by its name, at any depth": {
      rules: { excluded_folders: ["venv"] },
      there: { notes: dir({ venv: dir({ x: file("x") }) }) },
      stays: ["notes/venv/x"],
    },
    "files by their ending": {
      rules: { excluded_extensions: ["mp4"] },
      there: { "a.mp4": file("film"), "b.MP4": file("film") },
      stays: ["a.mp4", "b.MP4"],
    },
    "files by a pattern with an exception": {
      rules: { patterns: ["*.bin", "!keep.bin"] },
      there: { "a.bin": file("a") },
      stays: ["a.bin"],
    },
    "what is larger than the limit": {
      rules: { max_file_size: 100 },
      there: { large: file("x".repeat(200)), small: file("x") },
      stays: ["large"],
    },
    "caches that say so": {
      rules: { CACHEDIR_TAG: true },
      there: { cache: dir({ "CACHEDIR.TAG": file(TAG), x: file("x") }) },
      stays: ["cache/x", "cache/CACHEDIR.TAG"],
    },
  };

test.each(Object.entries(CASES))(
  "%s stay, as the backup's own rules left them out",
  async (_, { rules, there, stays }) => {
    await using box = await machine();
    writeTree(
      `${box.stateDir}/workspace`,
      Object.fromEntries(Object.entries(there).filter(([name]) => name !== "notes")),
    );
    if (there.notes?.type === "dir")
      writeTree(`${box.stateDir}/workspace/notes`, there.notes.children);
    const source = await box.backUp({ setting: { file: rules } });
    const report = await box.restore(source);
    expect(report.plan.mode).toBe("in-place");
    for (const path of stays)
      expect(existsSync(`${box.stateDir}/workspace/${path}`), path).toBe(true);
  },
);

test("what no rule left out, and was not there, goes with the former tree", async () => {
  await using box = await machine();
  const source = await box.backUp({ setting: { file: { excluded_extensions: ["mp4"] } } });
  writeFileSync(`${box.stateDir}/workspace/later.md`, "later");
  writeFileSync(`${box.stateDir}/workspace/later.mp4`, "later");
  await box.restore(source);
  const names = readdirSync(`${box.stateDir}/workspace`);
  expect(names).toContain("later.mp4");
  expect(names).not.toContain("later.md");
});

test("a database is never left out by a rule, so a later one goes although its name is excluded", async () => {
  await using box = await machine();
  const source = await box.backUp({ setting: { file: { patterns: ["*.sqlite"] } } });
  makeDatabase(`${box.stateDir}/workspace/later.sqlite`);
  await box.restore(source);
  expect(readdirSync(`${box.stateDir}/workspace`)).not.toContain("later.sqlite");
});

test("what a rule excludes and an exception brings back was in the scope", async () => {
  await using box = await machine();
  const file_ = { excluded_folders: ["data"], include: ["/workspace/data/own/"] };
  writeTree(`${box.stateDir}/workspace/data`, { other: file("o"), own: dir({ a: file("a") }) });
  const source = await box.backUp({ setting: { file: file_ } });
  writeFileSync(`${box.stateDir}/workspace/data/own/later`, "later");
  await box.restore(source);
  expect(readdirSync(`${box.stateDir}/workspace/data`).sort()).toEqual(["other", "own"]);
  expect(readdirSync(`${box.stateDir}/workspace/data/own`)).toEqual(["a"]);
});
