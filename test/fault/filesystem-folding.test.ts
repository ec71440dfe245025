import { describe, expect, it } from "vitest";
import { createTreeWriter, type TreeLimits, type TreeWriter } from "../../lib/filesystem/index.ts";
import { canMountFolding, foldingDisk } from "../helpers/mounts.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { dir, expectTree, file, symlink, tree } from "../helpers/tree.ts";

const LIMITS: TreeLimits = { maxEntries: 100, maxBytes: 1e6, maxDepth: 20, maxNameBytes: 255 };
const PLAIN = { mode: 0o600 };
const text = (content: string) => Buffer.from(content);
const isTwin = expect.objectContaining({ code: "data-corrupt" });

async function openWriter(parent: string): Promise<TreeWriter> {
  return await createTreeWriter(`${parent}/out`, { limits: LIMITS });
}

describe.skipIf(!canMountFolding)(
  "a tree writer on a filesystem that folds case (needs root and ntfs-3g)",
  () => {
    it("refuses twins of files, directories and parents, and keeps the first", async () => {
      await using disk = await foldingDisk();
      await using writer = await openWriter(disk.path);
      // In lower case, which is how this filesystem lists them.
      await writer.addFile("foo", text("first"), PLAIN);
      writer.addDirectory("dir", { mode: 0o700 });
      await expect(writer.addFile("Foo", text("second"), PLAIN)).rejects.toEqual(isTwin);
      expect(() => writer.addDirectory("DIR", PLAIN)).toThrow(isTwin);
      await expect(writer.addFile("Dir/x", text("x"), PLAIN)).rejects.toEqual(isTwin);
      await writer.finish();
      expectTree(writer.root, { dir: dir(), foo: file("first") });
    });

    it("writes nothing through a link whose twin is used as a directory", async () => {
      await using disk = await foldingDisk();
      await using temp = await tempDir();
      await using writer = await openWriter(disk.path);
      writer.addSymlink("Link", temp.path, {});
      await writer.addFile("link/evil", text("x"), PLAIN);
      await expect(writer.finish()).rejects.toEqual(isTwin);
      expectTree(temp.path, {});
    });
  },
);

describe("a tree writer on a filesystem that tells case apart", () => {
  it.skipIf(process.platform === "darwin")("keeps twins by case and Unicode form", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp.path);
    const literal = tree({
      Foo: file("1"),
      foo: file("2"),
      "\u00e9": file("3"),
      "e\u0301": file("4"),
      FOO: symlink("foo"),
    });
    for (const [name, entry] of Object.entries(literal)) {
      if (entry.type === "file") await writer.addFile(name, text(String(entry.body)), PLAIN);
      if (entry.type === "symlink") writer.addSymlink(name, entry.target, {});
    }
    await writer.finish();
    expectTree(writer.root, literal);
  });
});
