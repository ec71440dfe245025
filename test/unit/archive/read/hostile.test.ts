import { describe, expect, test } from "vitest";
import { readWhole } from "../../../helpers/archive-inputs.ts";
import {
  paxRecord,
  type RawHeader,
  rawEntry,
  rawPax,
  rawTarGz,
} from "../../../helpers/tar-blocks.ts";

const STATE = "root/payload/posix/home/u/.openclaw";
const MANIFEST = {
  schemaVersion: 1,
  createdAt: "2026-11-21T03:00:00.000Z",
  archiveRoot: "root",
  assets: [{ kind: "state", sourcePath: "/home/u/.openclaw", archivePath: STATE }],
};
const manifest = (changes: object = {}) =>
  rawEntry({ name: "root/manifest.json" }, JSON.stringify({ ...MANIFEST, ...changes }));
const FIRST = rawEntry({ name: `${STATE}/openclaw.json` }, "{}");
const readBackup = (...entries: Uint8Array[]) => readWhole(rawTarGz(FIRST, ...entries, manifest()));
const MARKER = rawEntry({ name: "root/clawback/", flag: "5" });
const LIST = rawEntry({ name: "root/clawback/files.jsonl" });

describe("readArchive, of an archive in backup format, refuses", () => {
  test.each<[string, RawHeader, string]>([
    ["an absolute path", { name: "/etc/passwd" }, "path-outside-target"],
    ["a path that leads up", { name: `${STATE}/../../x` }, "path-outside-target"],
    ["a path that leads up at its end", { name: `${STATE}/..` }, "path-outside-target"],
    ["a path with a dot", { name: `./${STATE}/x` }, "path-outside-target"],
    ["another root", { name: "other/payload/posix/x" }, "data-corrupt"],
    ["a second manifest", { name: "root/manifest.json" }, "data-corrupt"],
    ["an entry without a name", { name: "" }, "data-corrupt"],
    ["an entry twice", { name: `${STATE}/openclaw.json` }, "data-corrupt"],
    ["an entry twice by empty segments", { name: `${STATE}//openclaw.json` }, "data-corrupt"],
    ["a file below a file", { name: `${STATE}/openclaw.json/x` }, "data-corrupt"],
    ["a link without a target", { name: `${STATE}/l`, flag: "2" }, "data-corrupt"],
    [
      "a hard link up",
      { name: `${STATE}/l`, flag: "1", linkname: "../../etc/passwd" },
      "path-outside-target",
    ],
    [
      "an absolute hard link",
      { name: `${STATE}/l`, flag: "1", linkname: "/etc/passwd" },
      "path-outside-target",
    ],
    [
      "a hard link to nothing",
      { name: `${STATE}/l`, flag: "1", linkname: `${STATE}/x` },
      "data-corrupt",
    ],
    ["a device", { name: `${STATE}/d`, flag: "3" }, "unsupported-format"],
    ["a named pipe", { name: `${STATE}/p`, flag: "6" }, "unsupported-format"],
    ["a sparse file", { name: `${STATE}/s`, flag: "S" }, "unsupported-format"],
    ["another volume", { name: `${STATE}/s`, flag: "M" }, "unsupported-format"],
    ["an unknown type", { name: `${STATE}/s`, flag: "Z" }, "unsupported-format"],
    [
      "a directory with a content",
      { name: `${STATE}/d`, flag: "5", size: 512 },
      "unsupported-format",
    ],
    [
      "a link with a content",
      { name: `${STATE}/d`, flag: "2", size: 512, linkname: "x" },
      "unsupported-format",
    ],
    ["a size beyond the end", { name: `${STATE}/d`, size: 10_000_000 }, "data-corrupt"],
    [
      "a size beyond all limits",
      { name: `${STATE}/d`, size: Uint8Array.of(0x80, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0) },
      "limit-exceeded",
    ],
  ])("%s", async (_, header, code) => {
    await expect(readBackup(rawEntry(header))).rejects.toMatchObject({ name: "BackupError", code });
  });

  test.each<[string, Record<string, string>, string]>([
    ["a pax path that leads up", { path: "root/../x" }, "path-outside-target"],
    ["a pax path with a NUL", { path: `${STATE}/a\0b` }, "data-corrupt"],
    ["a long pax path", { path: `${STATE}/${"x".repeat(20_000)}` }, "limit-exceeded"],
    ["a deep pax path", { path: `${STATE}/${"x/".repeat(600)}x` }, "limit-exceeded"],
    ["a pax size that is none", { size: "-1" }, "data-corrupt"],
    ["a pax size beyond all bounds", { size: "99999999999999999" }, "data-corrupt"],
    ["a sparse file by pax", { "GNU.sparse.major": "1" }, "unsupported-format"],
  ])("%s", async (_, records, code) => {
    const entry = rawEntry({ name: `${STATE}/x` }, "x");
    await expect(readBackup(rawPax(records), entry)).rejects.toMatchObject({ code });
  });

  test("an entry below a link", async () => {
    const link = rawEntry({ name: `${STATE}/l`, flag: "2", linkname: "/etc" });
    await expect(readBackup(link, rawEntry({ name: `${STATE}/l/passwd` }))).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  test("a link in the place of a directory that was used", async () => {
    const link = rawEntry({ name: STATE, flag: "2", linkname: "/etc" });
    await expect(readBackup(link)).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test("extension headers without end, and a large one", async () => {
    const pax = rawPax({ comment: "x".repeat(400) });
    await expect(readBackup(...Array.from({ length: 1200 }, () => pax))).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    const size = 2_000_000;
    await expect(readBackup(rawEntry({ name: "x", flag: "x", size }))).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    const long = rawEntry({ name: "x", flag: "L" }, "y".repeat(20_000));
    await expect(readBackup(long, rawEntry({ name: "z" }))).rejects.toMatchObject({
      code: "limit-exceeded",
    });
  });

  test("a global header that renames, and extension headers of nothing", async () => {
    const global = rawPax({ path: `${STATE}/x` }, "g");
    await expect(readBackup(global, rawEntry({ name: "y" }))).rejects.toMatchObject({
      code: "unsupported-format",
    });
    await expect(
      readWhole(rawTarGz(FIRST, manifest(), rawPax({ path: "x" }))),
    ).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test.each([
    ["no manifest", [], "data-missing"],
    ["a manifest of another root", [manifest({ archiveRoot: "other" })], "manifest-mismatch"],
    ["a manifest of another version", [manifest({ schemaVersion: 2 })], "unsupported-format"],
    ["a manifest that is no JSON", [rawEntry({ name: "root/manifest.json" }, "{")], "data-corrupt"],
    [
      "a manifest that is not UTF-8",
      [rawEntry({ name: "root/manifest.json" }, Uint8Array.of(0x22, 0xff, 0x22))],
      "data-corrupt",
    ],
    ["a manifest without assets", [manifest({ assets: undefined })], "data-corrupt"],
    ["a manifest that is too long", [manifest({ x: "x".repeat(1_100_000) })], "limit-exceeded"],
    [
      "a manifest that is a link",
      [rawEntry({ name: "root/manifest.json", flag: "2", linkname: "x" })],
      "data-corrupt",
    ],
  ])("%s", async (_, entries, code) => {
    await expect(readWhole(rawTarGz(FIRST, ...entries))).rejects.toMatchObject({ code });
  });
});

describe("readArchive, of an archive that says it is ours,", () => {
  const ours = (...entries: Uint8Array[]) =>
    rawTarGz(MARKER, FIRST, ...entries, manifest({ clawback: {} }));
  const line = (changes: object) =>
    `${JSON.stringify({ type: "symlink", path: "payload/posix/x", sizeBytes: 0, mode: 511, mtime: "", class: "", target: "y", listedOnly: true, ...changes })}\n`;
  const list = (text: string) => rawEntry({ name: "root/clawback/files.jsonl" }, text);

  test.each([
    ["leads up", "../../etc/passwd"],
    ["is relative", "etc/passwd"],
    ["has a dot", "/home/./u"],
    ["ends in a slash", "/home/u/"],
    ["is empty", ""],
  ])("refuses an own path that %s", async (_, path) => {
    const pax = rawPax({ "CLAWBACK.path": path });
    await expect(
      readWhole(ours(pax, rawEntry({ name: `${STATE}/x` }), LIST)),
    ).rejects.toMatchObject({
      code: "path-outside-target",
    });
  });

  test("refuses two names for one own path", async () => {
    const entries = [
      rawEntry({ name: `${STATE}/Foo` }),
      rawEntry({ name: `${STATE}/clawback~%46oo` }),
    ];
    await expect(readWhole(ours(...entries, LIST))).rejects.toMatchObject({ code: "data-corrupt" });
    const recorded = [
      rawPax({ "CLAWBACK.path": "/home/u/.openclaw/openclaw.json" }),
      rawEntry({ name: `${STATE}/x` }),
    ];
    await expect(readWhole(ours(...recorded, LIST))).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  test("does not let an own path lead below a link", async () => {
    const entries = [
      rawEntry({ name: `${STATE}/l`, flag: "2", linkname: "/etc" }),
      rawPax({ "CLAWBACK.path": "/home/u/.openclaw/l/passwd" }),
      rawEntry({ name: `${STATE}/x` }),
    ];
    await expect(readWhole(ours(...entries, LIST))).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test.each([
    ["is no link", { type: "file" }, "data-corrupt"],
    ["leads up", { path: "payload/posix/../../x" }, "path-outside-target"],
    ["is outside the payload", { path: "clawback/damaged/x" }, "data-corrupt"],
    ["is there already", { path: "payload/posix/home/u/.openclaw/openclaw.json" }, "data-corrupt"],
    ["has no target", { target: "" }, "data-corrupt"],
    ["has a target with NUL", { target: "a\0b" }, "data-corrupt"],
    [
      "is a hard link to nothing",
      { type: "hardlink", target: "payload/posix/nothing" },
      "data-corrupt",
    ],
    [
      "is a hard link up",
      { type: "hardlink", target: "payload/posix/../.." },
      "path-outside-target",
    ],
  ])("refuses a listed link that %s", async (_, changes, code) => {
    await expect(readWhole(ours(list(line(changes))))).rejects.toMatchObject({ code });
  });

  test("takes a good one, and tells what does not fit together", async () => {
    const { entries, findings } = await readWhole(ours(list(line({}))));
    expect(entries.at(-1)?.entry).toMatchObject({ type: "symlink", path: "/x", target: "y" });
    expect(findings.map(({ code, path }) => [code, path])).toEqual([
      ["manifest-mismatch", undefined],
      ["manifest-mismatch", "payload/posix/home/u/.openclaw/openclaw.json"],
    ]);
  });

  test("says that the list is missing", async () => {
    const { findings } = await readWhole(ours());
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "data-missing", message: "the file list is missing" }),
    );
  });

  test("refuses two lists, and one that is a link", async () => {
    await expect(readWhole(ours(LIST, LIST))).rejects.toMatchObject({ code: "data-corrupt" });
    const link = rawEntry({ name: "root/clawback/files.jsonl", flag: "2", linkname: "x" });
    await expect(readWhole(ours(link))).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test("obeys our records only there", async () => {
    const pax = rawPax({ "CLAWBACK.path": "/elsewhere", "CLAWBACK.mode": "0" });
    const entry = rawEntry({ name: `${STATE}/clawback~%46oo` });
    const { entries } = await readWhole(rawTarGz(FIRST, pax, entry, manifest()));
    expect(entries.at(-1)?.entry).toMatchObject({
      path: "/home/u/.openclaw/clawback~%46oo",
      mode: 0o644,
    });
  });
});

test("readArchive ignores a second tar behind the end, and says so", async () => {
  const end = Buffer.alloc(1024);
  const bytes = rawTarGz(FIRST, manifest(), end, rawEntry({ name: "/etc/passwd" }));
  const { entries, findings } = await readWhole(bytes);
  expect(entries.length).toBe(1);
  expect(findings).toEqual([{ code: "data-corrupt", message: expect.stringContaining("behind") }]);
});

test("readArchive takes unknown pax records, a global comment and extra files", async () => {
  const extras = [
    rawPax({ comment: "made by git" }, "g"),
    rawPax({ "SCHILY.xattr.user.x": "\u0001", "OURTOOL.sha256": "x" }),
    rawEntry({ name: "root/ourtool/index.json" }, "{}"),
  ];
  const { entries, findings } = await readBackup(...extras);
  expect(entries.at(-1)?.entry).toMatchObject({ role: "foreign", path: "root/ourtool/index.json" });
  expect(findings).toEqual([]);
  expect(paxRecord("a", "b").toString()).toBe("6 a=b\n");
});
