import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measureCapture, openCapture, planCapture } from "../../lib/capture/index.ts";
import { captureOptions, plainInstallation } from "../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

async function prepare(): Promise<TempDir> {
  const base = await tempDir();
  mkdirSync(base.join("tmp"));
  mkdirSync(base.join("state/workspace"), { recursive: true });
  return base;
}

/** Reads a capture and keeps nothing but counts. */
async function count(base: TempDir) {
  const options = captureOptions(plainInstallation(base.join("state")), base.join("tmp"));
  const counts: Record<string, number> = {};
  await using running = openCapture(options);
  for await (const entry of running) {
    counts[entry.type] = (counts[entry.type] ?? 0) + 1;
    if (entry.type !== "file" || entry.content instanceof Uint8Array) continue;
    for await (const _ of entry.content);
    entry.settle?.();
  }
  return { counts, report: running.report(), options };
}

test("a tree deeper than any path can name is captured as far as it can be named", async () => {
  await using base = await prepare();
  const here = process.cwd();
  const name = "d".repeat(200);
  let depth = 0;
  try {
    process.chdir(base.join("state/workspace"));
    for (; depth < 40; depth++) {
      writeFileSync("leaf", "x");
      mkdirSync(name);
      process.chdir(name);
    }
  } finally {
    process.chdir(here);
  }
  const { counts, report, options } = await count(base);
  expect(counts.file).toBeGreaterThan(15);
  expect(counts.file).toBeLessThan(depth);
  expect(report.omissions.map(({ reason }) => reason)).toContain("unreadable");
  expect(report.omissions[0]?.detail).toContain("ENAMETOOLONG");
  expect((await planCapture(options)).included.files).toBe(counts.file);
  execFileSync("rm", ["-rf", base.join("state")]);
});

test("20,000 files, 5,000 links and 2,000 directories come through, with as many notes as are worth keeping", async () => {
  await using base = await prepare();
  for (let d = 0; d < 2000; d++) {
    const directory = base.join("state/workspace", `d${d}`);
    mkdirSync(directory);
    for (let f = 0; f < 10; f++) writeFileSync(`${directory}/f${f}`, `${d}/${f}`);
  }
  for (let l = 0; l < 5000; l++) symlinkSync(`/out/${l}`, base.join("state/workspace", `l${l}`));
  const { counts, report, options } = await count(base);
  expect(counts).toEqual({ dir: 2002, file: 20_000, symlink: 5000 });
  expect(report).toMatchObject({ omissions: [], notesTotal: 5000 });
  expect(report.notes).toHaveLength(1000);
  expect(await measureCapture(options)).toMatchObject({ files: 20_000 });
});

test("a link that turns in circles is a link", async () => {
  await using base = await prepare();
  symlinkSync(".", base.join("state/workspace/self"));
  symlinkSync("../workspace", base.join("state/workspace/again"));
  const { counts, report } = await count(base);
  expect(counts).toEqual({ dir: 2, symlink: 2 });
  expect(report.notesTotal).toBe(0);
});
