import { describe, expect, it } from "vitest";
import {
  deviceOf,
  freeSpace,
  isMountPoint,
  pathExists,
  readLinkTarget,
  realPath,
  statPath,
} from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, symlink, writeTree } from "../../helpers/tree.ts";

describe("looking at a path", () => {
  it("never follows the last link, and gives undefined for what is not there", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file("abc"), dangling: symlink("no"), self: symlink("self") });
    expect(statPath(temp.join("f"))).toMatchObject({ type: "file", sizeBytes: 3 });
    expect(statPath(temp.join("dangling"))?.type).toBe("symlink");
    expect(pathExists(temp.join("self"))).toBe(true);
    for (const name of ["no", "f/below", "a\0b", "x".repeat(300), "\ud800", "\udcff"]) {
      expect([name, statPath(`${temp.path}/${name}`)]).toEqual([name, undefined]);
      expect(pathExists(`${temp.path}/${name}`)).toBe(false);
    }
  });

  it("reads the text of a link as it is", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { l: symlink("a\\b/../\udcff\u00e9"), f: file() });
    expect(readLinkTarget(temp.join("l"))).toBe("a\\b/../\udcff\u00e9");
    expect(readLinkTarget(temp.join("f"))).toBeUndefined();
    expect(readLinkTarget(temp.join("no"))).toBeUndefined();
  });

  it("resolves links to a real path, and those that lead nowhere to nothing", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, {
      "d\udcff": dir({ f: file() }),
      l: symlink("d\udcff"),
      no: symlink("x"),
    });
    expect(realPath(`${temp.path}/l/f`)).toBe(`${realPath(temp.path)}/d\udcff/f`);
    expect(realPath(temp.join("no"))).toBeUndefined();
  });

  it("says of a loop of links that it cannot be resolved", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { a: symlink("b"), b: symlink("a") });
    expect(() => realPath(temp.join("a"))).toThrow(
      expect.objectContaining({
        code: "source-unreadable",
        details: expect.objectContaining({ systemCode: "ELOOP" }),
      }),
    );
  });

  it("knows mount points and devices", async () => {
    await using temp = await tempDir();
    expect(isMountPoint("/")).toBe(true);
    expect(isMountPoint(temp.path)).toBe(false);
    expect(isMountPoint(temp.join("no"))).toBe(false);
    expect(deviceOf(temp.path)).toBe(statPath(temp.path)?.dev);
    expect(() => deviceOf(temp.join("no"))).toThrow(
      expect.objectContaining({ code: "path-not-found" }),
    );
    const space = freeSpace(temp.join("not", "yet"));
    expect(space.device).toBe(deviceOf(temp.path));
    expect(space.availableBytes).toBeGreaterThan(0);
  });
});
