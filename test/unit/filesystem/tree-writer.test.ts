import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  createTreeWriter,
  type TreeLimits,
  type TreeWriter,
} from "../../../lib/filesystem/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import {
  dir,
  expectTree,
  file,
  hardlink,
  readTree,
  symlink,
  writeTree,
} from "../../helpers/tree.ts";

const LIMITS: TreeLimits = { maxEntries: 1000, maxBytes: 1e6, maxDepth: 20, maxNameBytes: 255 };
const PLAIN = { mode: 0o644 };
const text = (content: string) => Buffer.from(content);

async function openWriter(temp: TempDir, limits: Partial<TreeLimits> = {}): Promise<TreeWriter> {
  return await createTreeWriter(temp.join("out"), { limits: { ...LIMITS, ...limits } });
}

async function* chunksOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield text(chunk);
}

describe("a tree writer", () => {
  it("writes files, directories and links with their modes and times", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    const mtime = new Date("2025-03-01T12:00:00.123Z");
    const mtimeNs = BigInt(mtime.getTime()) * 1_000_000n + 456_789n;
    writer.addDirectory("d", { mode: 0o750, mtimeNs });
    await writer.addFile("d/a", text("hello"), { mode: 0o640, mtimeNs });
    await writer.addFile("b", chunksOf("one ", "two"), { mode: 0o444, mtimeNs });
    writer.addSymlink("d/up", "../../..", { mtimeNs });
    writer.addSymlink("abs", "/etc/passwd", {});
    writer.addHardlink("same", "d/a");
    writer.addHardlink("same-too", "same");
    await writer.finish();
    expectTree(writer.root, {
      d: dir({ a: file("hello", { mode: 0o640 }), up: symlink("../../..") }, { mode: 0o750 }),
      b: file("one two", { mode: 0o644 }),
      abs: symlink("/etc/passwd"),
      same: hardlink("d/a"),
      "same-too": hardlink("d/a"),
    });
    const found = readTree(writer.root);
    for (const path of ["d", "d/a", "b", "d/up"]) {
      expect([path, found[path]?.mtimeUs]).toEqual([path, mtimeNs / 1000n]);
    }
  });

  it("tells size and SHA-256 of what it wrote", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    const sha256 = createHash("sha256").update("one two").digest("hex");
    const expected = { sizeBytes: 7, sha256 };
    expect(await writer.addFile("whole", text("one two"), PLAIN)).toEqual(expected);
    expect(await writer.addFile("chunks", chunksOf("one", "", " two"), PLAIN)).toEqual(expected);
    expect((await writer.addFile("none", text(""), PLAIN)).sizeBytes).toBe(0);
  });

  it("makes parents nobody named with mode 0700, and takes their facts when they come later", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    await writer.addFile("a/b/c", text("x"), PLAIN);
    await writer.addFile("p/q", text("y"), PLAIN);
    writer.addDirectory("a", { mode: 0o755, mtimeNs: 1_000_000_000n });
    await writer.finish();
    expectTree(writer.root, {
      a: dir({ b: dir({ c: file("x") }, { mode: 0o700 }) }, { mode: 0o755, mtime: new Date(1000) }),
      p: dir({ q: file("y") }, { mode: 0o700 }),
    });
  });

  it("drops setuid, setgid and sticky, and leaves the owner in charge", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    writer.addDirectory("d", { mode: 0o7000 });
    await writer.addFile("d/f", text(""), { mode: 0o6111 });
    await writer.finish();
    expect(statSync(temp.join("out", "d")).mode & 0o7777).toBe(0o700);
    expect(statSync(temp.join("out", "d", "f")).mode & 0o7777).toBe(0o711);
  });

  it("keeps legal but odd names as they are", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    const names = [
      "C:x",
      "a\\b",
      "new\nline",
      "caf\udce9",
      " ",
      "-rf",
      "...",
      "\u{1f600}",
      "~",
      "é",
    ];
    for (const name of names) await writer.addFile(name, text(name.toWellFormed()), PLAIN);
    writer.addSymlink("odd", "to\udcff", {});
    await writer.finish();
    expect(Object.keys(readTree(writer.root)).sort()).toEqual([...names, "odd"].sort());
  });

  it("takes times before 1970 and beyond all reason", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    await writer.addFile("old", text(""), { mode: 0o600, mtimeNs: -86_400_000_000_000n });
    await writer.addFile("far", text(""), { mode: 0o600, mtimeNs: 10n ** 30n });
    await writer.addFile("ancient", text(""), { mode: 0o600, mtimeNs: -(10n ** 30n) });
    await writer.finish();
    expect(statSync(temp.join("out", "old")).mtimeMs).toBe(-86_400_000);
  });
});

describe("a tree writer refuses", () => {
  const outsideTarget = ["", "/", "/abs", "..", "../x", "a/../../x", "a/..", ".", "./a", "a/./b"];
  outsideTarget.push("a//b", "a/", "a\0b", "//host/x");

  it.each(outsideTarget)("the path %j, whatever stands there", async (path) => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    const refusal = expect.objectContaining({ code: "path-outside-target" });
    expect(() => writer.addDirectory(path, PLAIN)).toThrow(refusal);
    expect(() => writer.addSymlink(path, "x", {})).toThrow(refusal);
    expect(() => writer.addHardlink(path, "x")).toThrow(refusal);
    await expect(writer.addFile(path, text("x"), PLAIN)).rejects.toEqual(refusal);
    expect(readTree(temp.path)).toEqual({ out: expect.anything() });
  });

  it("a second entry at a path, of whatever kind", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    writer.addDirectory("d", PLAIN);
    await writer.addFile("f", text("first"), PLAIN);
    writer.addSymlink("l", "f", {});
    writer.addHardlink("h", "f");
    const refusal = expect.objectContaining({ code: "data-corrupt" });
    for (const path of ["d", "f", "l", "h"]) {
      expect(() => writer.addDirectory(path, PLAIN)).toThrow(refusal);
      expect(() => writer.addSymlink(path, "x", {})).toThrow(refusal);
      expect(() => writer.addHardlink(path, "f")).toThrow(refusal);
      await expect(writer.addFile(path, text("second"), PLAIN)).rejects.toEqual(refusal);
    }
    expect(readFileSync(temp.join("out", "f"), "utf8")).toBe("first");
  });

  it("two spellings of the same bytes", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    await writer.addFile("é", text("first"), PLAIN);
    await expect(writer.addFile("\udcc3\udca9", text("second"), PLAIN)).rejects.toMatchObject({
      code: "data-corrupt",
    });
    await expect(writer.addFile("\ud800", text("x"), PLAIN)).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  it("anything below a link, before or after the link", async () => {
    await using temp = await tempDir();
    writeTree(temp.join("victim"), { authorized_keys: file("mine") });
    await using writer = await openWriter(temp);
    writer.addSymlink("ssh", temp.join("victim"), {});
    const refusal = expect.objectContaining({ code: "path-outside-target" });
    await expect(writer.addFile("ssh/authorized_keys", text("evil"), PLAIN)).rejects.toEqual(
      refusal,
    );
    expect(() => writer.addDirectory("ssh/x/y", PLAIN)).toThrow(refusal);
    expect(() => writer.addSymlink("ssh/l", "x", {})).toThrow(refusal);
    await writer.addFile("dir/authorized_keys", text("fine"), PLAIN);
    expect(() => writer.addSymlink("dir", temp.join("victim"), {})).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
    await writer.finish();
    expectTree(temp.join("victim"), { authorized_keys: file("mine") });
  });

  it("anything below a file", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    await writer.addFile("f", text("x"), PLAIN);
    const refusal = expect.objectContaining({ code: "path-outside-target" });
    await expect(writer.addFile("f/x", text("x"), PLAIN)).rejects.toEqual(refusal);
    expect(() => writer.addDirectory("f/x/y", PLAIN)).toThrow(refusal);
  });

  it.each([
    ["nothing", "missing"],
    ["itself", "link"],
    ["a directory", "d"],
    ["a symbolic link", "l"],
  ])("a hard link to %s", async (_, target) => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    writer.addDirectory("d", PLAIN);
    writer.addSymlink("l", "/etc/passwd", {});
    expect(() => writer.addHardlink("link", target)).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
  });

  it.each(["/etc/passwd", "../secret", "d/../../secret"])("a hard link to %s", async (target) => {
    await using temp = await tempDir();
    await writeFile(temp.join("secret"), "x");
    await using writer = await openWriter(temp);
    expect(() => writer.addHardlink("link", target)).toThrow(
      expect.objectContaining({ code: "path-outside-target" }),
    );
  });

  it("a link with no, a split or an endless target", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    for (const target of ["", "a\0b", "x".repeat(4096)]) {
      expect(() => writer.addSymlink("l", target, {})).toThrow(
        expect.objectContaining({ code: "data-corrupt" }),
      );
    }
  });

  it("more than its limits", async () => {
    await using temp = await tempDir();
    const refusal = expect.objectContaining({ code: "limit-exceeded" });
    await using writer = await openWriter(temp, { maxBytes: 10, maxDepth: 3, maxNameBytes: 20 });
    await expect(writer.addFile("f", text("x".repeat(11)), PLAIN)).rejects.toEqual(refusal);
    await expect(writer.addFile("a/b/c/d", text(""), PLAIN)).rejects.toEqual(refusal);
    await expect(writer.addFile("é".repeat(11), text(""), PLAIN)).rejects.toEqual(refusal);
    await using few = await createTreeWriter(temp.join("few"), {
      limits: { ...LIMITS, maxEntries: 3 },
    });
    await expect(few.addFile("a/b/c/d", text(""), PLAIN)).rejects.toEqual(refusal);
  });

  it("a path that the filesystem cannot hold", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp, { maxDepth: 5000 });
    const deep = Array.from({ length: 30 }, () => "d".repeat(200)).join("/");
    await expect(writer.addFile(deep, text(""), PLAIN)).rejects.toMatchObject({
      code: "limit-exceeded",
    });
  });

  it("a root that is not fresh", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { full: dir({ x: file() }), empty: dir(), f: file() });
    symlinkSync("empty", temp.join("link"));
    for (const name of ["full", "f", "link"]) {
      await expect(createTreeWriter(temp.join(name), { limits: LIMITS })).rejects.toMatchObject({
        code: "target-not-empty",
      });
    }
    await using writer = await createTreeWriter(temp.join("empty"), { limits: LIMITS });
    expect(statSync(writer.root).mode & 0o777).toBe(0o700);
  });
});

describe("a tree writer that does not finish", () => {
  it("leaves nothing of a file whose body fails, and passes the failure on", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET", syscall: "read" });
    async function* broken() {
      yield text("half");
      throw reset;
    }
    await expect(writer.addFile("f", broken(), PLAIN)).rejects.toBe(reset);
    await writer.addFile("f", text("whole"), PLAIN);
    await writer.finish();
    expectTree(writer.root, { f: file("whole") });
  });

  it("stops a stream at the limit without having written beyond it", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp, { maxBytes: 100 });
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 10;
        yield Buffer.alloc(10);
      }
    }
    await expect(writer.addFile("f", endless(), PLAIN)).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    expect(given).toBe(110);
    expect(existsSync(temp.join("out", "f"))).toBe(false);
  });

  it("removes what it wrote when it is disposed, and what existed stays", async () => {
    await using temp = await tempDir();
    await mkdir(temp.join("empty"));
    {
      await using made = await openWriter(temp);
      await using taken = await createTreeWriter(temp.join("empty"), { limits: LIMITS });
      for (const writer of [made, taken]) await writer.addFile("a/b", text("x"), PLAIN);
    }
    expectTree(temp.path, { empty: dir() });
  });

  it("is cancelled between entries and between chunks", async () => {
    await using temp = await tempDir();
    const controller = new AbortController();
    await using writer = await createTreeWriter(temp.join("out"), {
      limits: LIMITS,
      signal: controller.signal,
    });
    async function* body() {
      yield text("x");
      controller.abort();
      yield text("y");
    }
    const cancelled = expect.objectContaining({ code: "cancelled" });
    await expect(writer.addFile("f", body(), PLAIN)).rejects.toEqual(cancelled);
    expect(() => writer.addDirectory("d", PLAIN)).toThrow(cancelled);
    expect(existsSync(temp.join("out", "f"))).toBe(false);
  });

  it("takes nothing more once it has finished", async () => {
    await using temp = await tempDir();
    await using writer = await openWriter(temp);
    await writer.finish();
    await expect(writer.addFile("f", text(""), PLAIN)).rejects.toMatchObject({ code: "internal" });
    await expect(writer.finish()).rejects.toMatchObject({ code: "internal" });
  });
});

describe.skipIf(process.getuid?.() !== 0)("a tree writer of the superuser", () => {
  it("gives everything to the owner named, links included", async () => {
    await using temp = await tempDir();
    const owner = { uid: 12_345, gid: 12_346 };
    await using writer = await createTreeWriter(temp.join("out"), { limits: LIMITS, owner });
    await writer.addFile("d/f", text("x"), { mode: 0o600 });
    writer.addSymlink("l", "d/f", {});
    await writer.finish();
    for (const path of ["", "d", "d/f", "l"]) {
      const { uid, gid } = lstatSync(temp.join("out", path));
      expect({ path, uid, gid }).toEqual({ path, ...owner });
    }
  });

  it("does not chown through a link", async () => {
    await using temp = await tempDir();
    await writeFile(temp.join("mine"), "");
    chmodSync(temp.join("mine"), 0o600);
    const owner = { uid: 12_345, gid: 12_346 };
    await using writer = await createTreeWriter(temp.join("out"), { limits: LIMITS, owner });
    writer.addSymlink("l", temp.join("mine"), { mtimeNs: 0n });
    await writer.finish();
    const { uid, mtimeMs } = lstatSync(temp.join("mine"));
    expect(uid).toBe(0);
    expect(mtimeMs).toBeGreaterThan(1);
  });
});
