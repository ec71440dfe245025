import { chmod, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { systemClock } from "../../../../lib/base/index.ts";
import { createPrivateDirectory } from "../../../../lib/filesystem/index.ts";
import { checkHomeModes, checkLeftovers } from "../../../../lib/verify/index.ts";
import { type TempDir, tempDir } from "../../../helpers/temp-dir.ts";

async function home(): Promise<TempDir> {
  const dir = await tempDir();
  await chmod(dir.path, 0o700);
  await mkdir(dir.join("storage/box"), { recursive: true, mode: 0o700 });
  await writeFile(dir.join("settings.json"), "{}", { mode: 0o600 });
  await writeFile(dir.join("exclude.json"), "{}", { mode: 0o644 });
  await chmod(dir.join("exclude.json"), 0o644);
  await symlink("/etc/hostname", dir.join("link"));
  return dir;
}

test("a private home is well, though its list of exclusions can be read", async () => {
  await using dir = await home();
  expect(checkHomeModes(dir.path)).toMatchObject([{ code: "home-modes", severity: "ok" }]);
});

test("each loosened file and directory is named, with the command that mends it", async () => {
  await using dir = await home();
  await writeFile(dir.join("it's.json"), "");
  await chmod(dir.join("it's.json"), 0o640);
  await chmod(dir.path, 0o755);
  const [found, ...more] = checkHomeModes(dir.path);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ code: "home-modes", severity: "problem" });
  expect(found?.message).toContain(dir.path);
  expect(found?.fix).toBe(`chmod go= ${dir.path} '${dir.path}/it'\\''s.json'`);
});

test("many loosened files are mended by one command", async () => {
  await using dir = await home();
  await mkdir(dir.join("restore"), { mode: 0o700 });
  for (const name of ["a", "b", "c", "d", "e", "f", "g"]) {
    await writeFile(dir.join(`restore/${name}`), "");
    await chmod(dir.join(`restore/${name}`), 0o644);
  }
  const [found] = checkHomeModes(dir.path);
  expect(found?.fix).toBe(`chmod -R go= ${dir.join("restore")}`);
  expect(found?.message).toContain("and 2 more");
});

test("a home that is not there is judged by nobody", async () => {
  await using dir = await tempDir();
  expect(checkHomeModes(dir.join("none"))).toEqual([]);
});

test("what killed processes left is told when it is old, and nothing is removed", async () => {
  await using dir = await home();
  await mkdir(dir.join("tmp"), { mode: 0o700 });
  const now = systemClock.now();
  const places = {
    home: dir.path,
    temporaryDirectory: dir.join("tmp"),
    besideLive: [dir.join("user")],
    isRestorePending: false,
    now,
  };
  await using _used = await createPrivateDirectory(dir.join("tmp"), "test");
  expect(checkLeftovers(places)).toMatchObject({ severity: "ok" });
  const old = new Date(now.getTime() - 5 * 86_400_000);
  const stage = dir.join("user/.openclaw.stage-0123abcd");
  const half = dir.join(".clawback-0123456789abcdef.tmp");
  await mkdir(stage, { recursive: true });
  await writeFile(half, "half");
  expect(checkLeftovers(places)).toMatchObject({ severity: "ok" });
  await utimes(half, old, old);
  await utimes(stage, old, old);
  const found = checkLeftovers(places);
  expect(found).toMatchObject({ code: "leftovers", severity: "warning" });
  expect(found.message).toContain(stage);
  expect(found.fix).toContain(half);
  expect(checkLeftovers({ ...places, isRestorePending: true }).message).not.toContain(stage);
});
