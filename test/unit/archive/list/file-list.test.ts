import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  encodeFileList,
  type FileListEntry,
  type Omission,
  parseFileList,
} from "../../../../lib/archive/index.ts";
import { FileListParser, FileListWriter } from "../../../../lib/archive/list/index.ts";
import { readAll } from "../../../helpers/chunks.ts";

const entry = (path: string, changes: Partial<FileListEntry> = {}): FileListEntry => ({
  type: "file",
  path,
  sizeBytes: 3,
  mode: 0o640,
  mtime: "2026-09-21T14:13:20.123456789Z",
  sha256: "a".repeat(64),
  class: "other",
  ...changes,
});

const ENTRIES = [
  entry("payload/posix/a", { type: "dir", sizeBytes: 0, sha256: undefined }),
  entry('payload/posix/a/"type":"dir"\n\udcff', { storedAs: "payload/posix/a/clawback~x" }),
  entry("payload/posix/a/l", { type: "symlink", target: "\udc80", sha256: undefined }),
  entry("payload/posix/a/b", { incomplete: true }),
];
const OMISSION: Omission = { path: "/a/c", reason: "unreadable", detail: "EACCES" };

async function written(): Promise<FileListWriter> {
  const list = new FileListWriter();
  for (const [i, each] of ENTRIES.entries()) await list.addEntry(each, i);
  await list.addOmission(OMISSION);
  await list.end();
  return list;
}

test("FileListWriter gives back in the list what went in, in order", async () => {
  const list = await written();
  const bytes = await readAll(list.content());
  expect(bytes.length).toBe(list.facts().sizeBytes);
  const parsed = parseFileList(gzipSync(bytes), { maxBytes: 10_000 });
  expect(parsed.entries).toMatchObject(ENTRIES);
  expect(parsed.omissions).toEqual([OMISSION]);
});

test("FileListWriter adds to each file where its gzip member begins, in the list stored beside the archive", async () => {
  const list = await written();
  const sidecar = await list.sidecar([0, 100, 200, 300]);
  const parsed = parseFileList(sidecar, { maxBytes: 10_000 });
  expect(parsed.entries.map((each) => each.memberOffset)).toEqual([undefined, 100, undefined, 300]);
  expect(parsed.entries.map(({ memberOffset: _, ...each }) => each)).toMatchObject(ENTRIES);
});

test("FileListWriter keeps 20,000 entries in less than 100 bytes each", async () => {
  const list = new FileListWriter();
  const random = (i: number) =>
    Array.from({ length: 64 }, (_, k) => ((i * 31 + k * k * 7 + i * k) % 16).toString(16)).join("");
  for (let i = 0; i < 20_000; i++) {
    await list.addEntry(
      entry(`payload/posix/home/u/.openclaw/workspace/src/${i % 50}/file${i}.md`, {
        sha256: random(i),
      }),
      i >> 8,
    );
  }
  await list.end();
  const sidecar = await list.sidecar(Array.from({ length: 100 }, (_, i) => i * 1_000_000));
  expect(sidecar.length).toBeLessThan(100 * 20_000);
  expect(parseFileList(sidecar, { maxBytes: 10_000_000 }).entries.length).toBe(20_000);
});

test("encodeFileList makes a list that parseFileList gives back", async () => {
  const list = { entries: ENTRIES, omissions: [OMISSION] };
  expect(parseFileList(encodeFileList(list), { maxBytes: 10_000 })).toMatchObject(list);
});

test("FileListWriter gives an empty list where there is nothing", async () => {
  const list = new FileListWriter();
  expect(await list.end()).toBe(0);
  expect(parseFileList(await list.sidecar([]), { maxBytes: 10 })).toEqual({
    entries: [],
    omissions: [],
  });
});

describe("FileListParser", () => {
  test("takes the list in pieces of any size", async () => {
    const bytes = await readAll((await written()).content());
    for (const size of [1, 2, 7, 64, 1000]) {
      const parser = new FileListParser({ maxLines: 10, maxLineBytes: 1000 });
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
      expect(parser.end().entries).toMatchObject(ENTRIES);
    }
  });

  test.each([
    ["not JSON", "{", "a line is not JSON"],
    ["no object", "[]", "not an object"],
    ["an unknown type", '{"type":"fifo"}', 'type "fifo" is not known'],
    ["no path", '{"type":"dir","sizeBytes":0}', "path is not text"],
    [
      "a negative size",
      JSON.stringify(entry("a", { sizeBytes: -1 })),
      "sizeBytes is not a whole number",
    ],
    ["a broken mode", JSON.stringify(entry("a", { mode: 1.5 })), "mode is not a whole number"],
    ["a broken hash", JSON.stringify(entry("a", { sha256: "A" })), "sha256"],
    ["a broken omission", '{"omitted":1}', "omitted is not text"],
  ])("refuses a line with %s", (_, line, message) => {
    const parser = new FileListParser({ maxLines: 10, maxLineBytes: 1000 });
    expect(() => parser.push(Buffer.from(`${line}\n`))).toThrow(
      expect.objectContaining({ code: "data-corrupt", message: expect.stringContaining(message) }),
    );
  });

  test("refuses a line that was cut short, a long line and many lines", () => {
    const line = `${JSON.stringify(entry("a"))}\n`;
    const parse = (text: string, limits = { maxLines: 2, maxLineBytes: 1000 }) => {
      const parser = new FileListParser(limits);
      parser.push(Buffer.from(text));
      return parser.end();
    };
    expect(() => parse(line.slice(0, -1))).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
    expect(() => parse(line.repeat(3))).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
    expect(() => parse(line, { maxLines: 2, maxLineBytes: 20 })).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });
});

describe("parseFileList", () => {
  test("refuses a list that unpacks to more than its limit, before it is unpacked whole", () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, "\n"));
    expect(() => parseFileList(bomb, { maxBytes: 1_000_000 })).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });

  test("refuses a list cut anywhere, and one with a flipped bit", async () => {
    const packed = await (await written()).sidecar([0, 1, 2, 3]);
    for (let end = 0; end < packed.length; end += 1) {
      expect(() => parseFileList(packed.subarray(0, end), { maxBytes: 10_000 })).toThrow(
        expect.objectContaining({ code: "data-corrupt" }),
      );
    }
    // From the first deflated byte on; the gzip header's time and system mean nothing.
    for (let at = 10; at < packed.length; at += 3) {
      const flipped = Buffer.from(packed);
      flipped[at] = (flipped[at] as number) ^ 0x10;
      expect(() => parseFileList(flipped, { maxBytes: 10_000 })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/data-corrupt|limit-exceeded/) }),
      );
    }
  });
});
