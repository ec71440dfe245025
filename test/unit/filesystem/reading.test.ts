import { execFileSync } from "node:child_process";
import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import {
  listDirectory,
  openSource,
  readFileIfExists,
  readTextIfExists,
} from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, symlink, writeTree } from "../../helpers/tree.ts";

const unreadableBy = (systemCode: string) =>
  expect.objectContaining({
    code: "source-unreadable",
    details: expect.objectContaining({ systemCode }),
  });

describe("openSource", () => {
  it("reads at any place, and less only at the end", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file("0123456789") });
    using source = openSource(temp.join("f"));
    const read = (offset: number, length: number) =>
      String(Buffer.from(source?.read(offset, length) ?? []));
    expect([read(0, 4), read(8, 4), read(10, 4), read(3, 0)]).toEqual(["0123", "89", "", ""]);
    expect(source?.stat).toMatchObject({ type: "file", sizeBytes: 10 });
  });

  it("lets the caller see that a file changed, shrank or was replaced while it is open", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file("0123456789"), other: file("new") });
    using source = openSource(temp.join("f"));
    appendFileSync(temp.join("f"), "!");
    expect(source?.restat().sizeBytes).toBe(11);
    truncateSync(temp.join("f"), 2);
    expect(source?.read(0, 10)).toHaveLength(2);
    renameSync(temp.join("other"), temp.join("f"));
    expect(source?.restat()).toMatchObject({ nlink: 0, ino: source?.stat.ino });
  });

  it("gives undefined for what has vanished", async () => {
    await using temp = await tempDir();
    expect(openSource(temp.join("no"))).toBeUndefined();
    expect(openSource(temp.join("no", "f"))).toBeUndefined();
  });

  it("neither follows a link nor waits for a fifo, and says what it met", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file(), l: symlink("f"), d: dir() });
    execFileSync("mkfifo", [temp.join("p")]);
    const server = createServer().listen(temp.join("s"));
    try {
      expect(() => openSource(temp.join("l"))).toThrow(unreadableBy("ELOOP"));
      expect(() => openSource(temp.join("d"))).toThrow(unreadableBy("EFTYPE"));
      expect(() => openSource(temp.join("p"))).toThrow(unreadableBy("EFTYPE"));
      expect(() => openSource(temp.join("s"))).toThrow(unreadableBy("ENXIO"));
    } finally {
      server.close();
    }
  });

  it("closes its descriptor once", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file("x") });
    const source = openSource(temp.join("f"));
    source?.[Symbol.dispose]();
    source?.[Symbol.dispose]();
    expect(() => source?.read(0, 1)).toThrow(
      expect.objectContaining({ code: "source-unreadable" }),
    );
  });
});

describe("small-file access", () => {
  it("reads whole files through links, also those that do not tell their size", async () => {
    await using temp = await tempDir();
    const bytes = Buffer.alloc(200_000, "abc");
    writeTree(temp.path, { f: file(bytes), l: symlink("f"), empty: file() });
    expect(readFileIfExists(temp.join("l"), 200_000)).toEqual(bytes);
    expect(readFileIfExists(temp.join("empty"), 0)).toHaveLength(0);
    if (process.platform === "linux") {
      expect(readTextIfExists("/proc/self/status", 100_000)).toContain("Pid:");
    }
  });

  it("decodes text, dropping a byte order mark", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("f"), Buffer.from([0xef, 0xbb, 0xbf, 0x68, 0xff]));
    expect(readTextIfExists(temp.join("f"), 100)).toBe("h\ufffd");
  });

  it("gives undefined for what is not there", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { dangling: symlink("no"), f: file() });
    for (const name of ["no", "dangling", "f/x", "a\0b"]) {
      expect(readFileIfExists(`${temp.path}/${name}`, 10)).toBeUndefined();
      expect(listDirectory(`${temp.path}/${name}`)).toBeUndefined();
    }
    expect(listDirectory(temp.join("f"))).toBeUndefined();
  });

  it("refuses files above the limit, endless ones among them", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { f: file("12345") });
    const exceeded = expect.objectContaining({ code: "limit-exceeded" });
    expect(readFileIfExists(temp.join("f"), 5)).toHaveLength(5);
    expect(() => readFileIfExists(temp.join("f"), 4)).toThrow(exceeded);
    expect(() => readFileIfExists("/dev/zero", 10)).toThrow(unreadableBy("EFTYPE"));
  });

  it("refuses directories and fifos without waiting", async () => {
    await using temp = await tempDir();
    execFileSync("mkfifo", [temp.join("p")]);
    expect(() => readFileIfExists(temp.path, 10)).toThrow(unreadableBy("EISDIR"));
    expect(() => readFileIfExists(temp.join("p"), 10)).toThrow(unreadableBy("EFTYPE"));
  });

  it("lists names in byte order", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { b: file(), "a\udcff": file(), a: dir({ x: file() }), B: file() });
    expect(listDirectory(temp.path)).toEqual(["B", "a", "a\udcff", "b"]);
    rmSync(temp.join("b"));
    expect(listDirectory(temp.path)).toHaveLength(3);
  });
});
