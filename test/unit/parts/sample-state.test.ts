import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import { churnSampleState, makeSampleState } from "../../parts/sample-state.ts";

const SMALL = { files: 200, dbMb: 1, mediaMb: 2 };

test("a sample has the same bytes for the same seed, and others for another", async () => {
  await using dir = await tempDir();
  const [one, again, other] = [dir.join("one/s"), dir.join("again/s"), dir.join("other/s")];
  makeSampleState(one, SMALL);
  makeSampleState(again, SMALL);
  makeSampleState(other, { ...SMALL, seed: 2 });
  const first = await digests(one);
  expect(await digests(again)).toEqual(first);
  expect((await digests(other)).get("workspace/MEMORY.md")).not.toBe(
    first.get("workspace/MEMORY.md"),
  );
});

test("a day in a sample adds, changes and removes a few files and leaves the rest", async () => {
  await using dir = await tempDir();
  const state = dir.join("s");
  makeSampleState(state, SMALL);
  const before = await digests(state);
  churnSampleState(state);
  const after = await digests(state);
  const added = [...after.keys()].filter((path) => !before.has(path));
  const changed = [...after].filter(([path, sum]) => before.has(path) && before.get(path) !== sum);
  expect(added.length).toBe(41);
  expect(changed.map(([path]) => path)).toContain("agents/main/agent/openclaw-agent.sqlite");
  expect(changed.length).toBeLessThan(10);
});

test("a sample is never made over something that is there", async () => {
  await using dir = await tempDir();
  makeSampleState(dir.join("s"), { files: 1, dbMb: 1, mediaMb: 0 });
  expect(() => makeSampleState(dir.join("s"))).toThrow("is not empty");
});

/** What each file holds, by its path; the config names its own place and so differs between two samples. */
async function digests(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found = new Map<string, string>();
  for (const entry of entries.filter((each) => !each.isDirectory())) {
    const path = join(entry.parentPath, entry.name);
    const isLink = (await lstat(path)).isSymbolicLink();
    const content = isLink ? await readlink(path) : await readFile(path);
    found.set(relative(root, path), createHash("sha256").update(content).digest("hex"));
  }
  found.delete("openclaw.json");
  return found;
}
