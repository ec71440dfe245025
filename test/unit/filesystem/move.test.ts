import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  flushTree,
  fsyncDirectory,
  movePath,
  pathExists,
  removeTree,
} from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, expectTree, file, symlink, writeTree } from "../../helpers/tree.ts";

const FACE = new URL("../../../lib/filesystem/index.ts", import.meta.url).href;

describe("movePath", () => {
  it("renames trees, files and links as they are", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { a: dir({ x: file("1") }), b: dir(), l: symlink("nowhere") });
    movePath(temp.join("a"), temp.join("b", "moved"));
    movePath(temp.join("l"), temp.join("k"));
    expectTree(temp.path, { b: dir({ moved: dir({ x: file("1") }) }), k: symlink("nowhere") });
  });

  it("replaces nothing: no file, no empty directory, no dangling link", async () => {
    await using temp = await tempDir();
    const literal = { a: file("a"), f: file("f"), d: dir(), l: symlink("no") };
    writeTree(temp.path, literal);
    for (const name of ["f", "d", "l"]) {
      expect(() => movePath(temp.join("a"), temp.join(name))).toThrow(
        expect.objectContaining({ code: "target-not-empty" }),
      );
    }
    expectTree(temp.path, literal);
  });

  it("says when there is nothing to move, or nowhere to", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file() });
    const missing = expect.objectContaining({ code: "path-not-found" });
    expect(() => movePath(temp.join("no"), temp.join("x"))).toThrow(missing);
    expect(() => movePath(temp.join("f"), temp.join("no", "x"))).toThrow(missing);
  });
});

describe("removeTree", () => {
  it("removes a tree with what it holds, links but not where they lead, and odd names", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, {
      keep: dir({ x: file("kept") }),
      gone: dir({ l: symlink("../keep"), "caf\udce9": dir({ "\udcff": file() }) }),
      link: symlink("keep"),
    });
    removeTree(temp.join("gone"));
    removeTree(temp.join("link"));
    removeTree(temp.join("never-was"));
    expectTree(temp.path, { keep: dir({ x: file("kept") }) });
  });

  it("opens directories that their owner may not write (as a user other than root)", async () => {
    await using temp = await tempDir("/tmp");
    const script = `
      const { chmodSync, mkdirSync, writeFileSync } = await import("node:fs");
      const root = ${JSON.stringify(temp.join("in"))};
      const isRoot = process.getuid() === 0;
      if (isRoot) { chmodSync(${JSON.stringify(temp.path)}, 0o777); process.setegid(65534); process.seteuid(65534); }
      mkdirSync(root + "/a/b/c", { recursive: true });
      writeFileSync(root + "/a/b/c/f", "");
      for (const path of ["/a/b/c", "/a/b", "/a"]) chmodSync(root + path, path === "/a/b" ? 0 : 0o500);
      const { removeTree } = await import(${JSON.stringify(FACE)});
      removeTree(root);`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect([status, String(stderr)]).toEqual([0, ""]);
    expect(pathExists(temp.join("in"))).toBe(false);
  });
});

describe("flushing", () => {
  it("takes any tree, odd names and roots among them", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, {
      "-rf": dir({ f: file("x"), l: symlink("no"), "\udcff": file() }),
      "odd\udce9": dir({ f: file() }),
    });
    await flushTree(temp.path);
    await flushTree(temp.join("-rf"));
    await flushTree(`${temp.path}/odd\udce9`);
    fsyncDirectory(temp.path);
  });

  it("flushes file by file where the program sync is missing", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { d: dir({ f: file("x"), l: symlink("no") }) });
    const script = `
      const { flushTree } = await import(${JSON.stringify(FACE)});
      await flushTree(${JSON.stringify(temp.path)});
      process.stdout.write("flushed");`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: temp.path },
    });
    expect(String(stdout)).toBe("flushed");
  });

  it("says when there is nothing to flush", async () => {
    await using temp = await tempDir();
    expect(() => fsyncDirectory(temp.join("no"))).toThrow(
      expect.objectContaining({ code: "path-not-found" }),
    );
  });
});
