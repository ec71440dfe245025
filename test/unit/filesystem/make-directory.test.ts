import { chmod, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeDirectory, pathExists } from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

test("a directory is made with the parents it lacks, open to nobody else", async () => {
  await using dir = await tempDir();
  expect(makeDirectory(dir.join("a", "b", "c"))).toBe(true);
  for (const path of [dir.join("a"), dir.join("a", "b"), dir.join("a", "b", "c")]) {
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  }
});

test("one that exists is left as it is, also behind a link", async () => {
  await using dir = await tempDir();
  await mkdir(dir.join("real"));
  await chmod(dir.join("real"), 0o755);
  await symlink("real", dir.join("link"));
  expect(makeDirectory(dir.join("real"))).toBe(false);
  expect(makeDirectory(dir.join("link"))).toBe(false);
  expect(makeDirectory("/")).toBe(false);
  expect((await stat(dir.join("real"))).mode & 0o777).toBe(0o755);
});

test("a file, and a link that leads nowhere, are in the way", async () => {
  await using dir = await tempDir();
  await writeFile(dir.join("file"), "");
  await symlink("/no/such/place", dir.join("dangling"));
  expect(() => makeDirectory(dir.join("file"))).toThrow(
    expect.objectContaining({ code: "target-not-empty" }),
  );
  expect(() => makeDirectory(dir.join("file", "below"))).toThrow(
    expect.objectContaining({ code: "path-not-found" }),
  );
  expect(() => makeDirectory(dir.join("dangling", "below"))).toThrow(
    expect.objectContaining({ name: "BackupError" }),
  );
  expect(pathExists("/no/such")).toBe(false);
});

test("where the system makes no directories, it fails instead of trying for ever", () => {
  expect(() => makeDirectory("/proc/no/such")).toThrow(
    expect.objectContaining({ code: "path-not-found" }),
  );
});
