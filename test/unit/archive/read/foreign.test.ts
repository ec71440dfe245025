import { describe, expect, test } from "vitest";
import { readWhole } from "../../../helpers/archive-inputs.ts";
import { rawEntry, rawPax, rawTar, rawTarGz } from "../../../helpers/tar-blocks.ts";

const root = "2026-11-20T08-36-45.918+00-00-openclaw-backup";
const manifest = rawEntry(
  { name: `${root}/manifest.json` },
  JSON.stringify({
    schemaVersion: 1,
    createdAt: "2026-11-20T08:36:45.918Z",
    archiveRoot: root,
    runtimeVersion: "2026.9.6",
    paths: { stateDir: "/h/.openclaw", configPath: "/h/.openclaw/openclaw.json" },
    assets: [
      {
        kind: "state",
        sourcePath: "/h/.openclaw",
        archivePath: `${root}/payload/posix/h/.openclaw`,
      },
    ],
  }),
);
const config = rawEntry({ name: `${root}/payload/posix/h/.openclaw/openclaw.json` }, "{}");
const paths = async (...entries: Uint8Array[]) =>
  (await readWhole(rawTarGz(...entries))).entries.map(({ entry }) => entry.path);

describe("readArchive, of OpenClaw's own archives,", () => {
  test.each([
    ["last", [config, manifest]],
    ["first", [manifest, config]],
  ])("takes the manifest %s", async (_, entries) => {
    const { contents, entries: read, findings } = await readWhole(rawTarGz(...entries));
    expect(read.map(({ entry }) => [entry.role, entry.path])).toEqual([
      ["payload", "/h/.openclaw/openclaw.json"],
    ]);
    expect(contents).toMatchObject({
      ...{
        kind: "openclaw",
        archiveRoot: root,
        runtimeVersion: "2026.9.6",
        stateDir: "/h/.openclaw",
      },
      ...{ clawback: undefined, fileList: undefined, entries: 1, bytes: 2 },
    });
    expect(findings).toEqual([]);
  });

  test("takes directories before anything else, and without times", async () => {
    const directories = [root, `${root}/payload`, `${root}/payload/posix/h/.openclaw`].map((name) =>
      rawEntry({ name: `${name}/`, flag: "5", mtime: "\0" }),
    );
    expect(await paths(...directories, config, manifest)).toEqual([
      root,
      `${root}/payload`,
      "/h/.openclaw",
      "/h/.openclaw/openclaw.json",
    ]);
  });

  test("takes a directory behind what it holds", async () => {
    const state = rawEntry({ name: `${root}/payload/posix/h/.openclaw/`, flag: "5" });
    expect(await paths(config, state, manifest)).toEqual([
      "/h/.openclaw/openclaw.json",
      "/h/.openclaw",
    ]);
  });

  test("takes paths of Windows and relative ones", async () => {
    const windows = rawEntry({ name: `${root}/payload/windows/C/Users/u/x` });
    const relative = rawEntry({ name: `${root}/payload/relative/a/b` });
    expect(await paths(config, windows, relative, manifest)).toEqual([
      "/h/.openclaw/openclaw.json",
      "C:/Users/u/x",
      "a/b",
    ]);
  });

  test("finds what a manifest of Windows lists", async () => {
    const windows = rawEntry({ name: `${root}/payload/windows/C/Users/u/.openclaw/x` });
    const archivePath = `${root}/payload/windows/C/Users/u/.openclaw`;
    const text = JSON.stringify({
      ...{ schemaVersion: 1, createdAt: "x", archiveRoot: root },
      assets: [{ kind: "state", sourcePath: "C:\\Users\\u\\.openclaw", archivePath }],
    });
    const { contents, findings } = await readWhole(
      rawTarGz(windows, rawEntry({ name: `${root}/manifest.json` }, text)),
    );
    expect([findings, contents.kind]).toEqual([[], "openclaw"]);
  });

  test("keeps names that OpenClaw itself would refuse", async () => {
    const names = ["C:x", "a\\b", "Foo", "foo", "e\u0301", "é"];
    const entries = names.map((name) => rawEntry({ name: `${root}/payload/posix/${name}` }));
    expect(await paths(config, ...entries, manifest)).toEqual([
      "/h/.openclaw/openclaw.json",
      ...names.map((name) => `/${name}`),
    ]);
  });

  test("takes hard links by their full name and by the name below the root", async () => {
    const links = ["", `${root}/`].map((prefix, i) => {
      const linkname = `${prefix}payload/posix/h/.openclaw/openclaw.json`;
      return rawEntry({ name: `${root}/payload/posix/h/.openclaw/l${i}`, flag: "1", linkname });
    });
    const { entries } = await readWhole(rawTarGz(config, ...links, manifest));
    expect(entries.map(({ entry }) => entry.target)).toEqual([
      undefined,
      "/h/.openclaw/openclaw.json",
      "/h/.openclaw/openclaw.json",
    ]);
  });

  test("says when the manifest lists what is not there", async () => {
    const other = rawEntry({ name: `${root}/payload/posix/other` });
    expect((await readWhole(rawTarGz(other, manifest))).findings).toMatchObject([
      { code: "manifest-mismatch", path: "/h/.openclaw" },
    ]);
  });

  test("takes an archive without the end's blocks of zeros", async () => {
    const tar = rawTar(config, manifest).subarray(0, -1024);
    expect((await readWhole(tar)).entries.length).toBe(1);
  });
});

describe("readArchive, of a plain tar,", () => {
  const file = (name: string) => rawEntry({ name }, "x");

  test.each([
    ["made in the directory", ["./", "./openclaw.json"], ["openclaw.json"]],
    [
      "made beside it",
      [".openclaw/", ".openclaw/openclaw.json"],
      [".openclaw", ".openclaw/openclaw.json"],
    ],
    ["made at the root", ["home/u/.openclaw/openclaw.json"], ["home/u/.openclaw/openclaw.json"]],
    [
      "with absolute names",
      ["/home/u/.openclaw/openclaw.json"],
      ["home/u/.openclaw/openclaw.json"],
    ],
    ["with dots in between", ["a/./b"], ["a/b"]],
    ["of a single directory", ["a/"], ["a"]],
  ])("%s, gives the paths as tar extracts them", async (_, names, expected) => {
    const entries = names.map((name) =>
      name.endsWith("/") ? rawEntry({ name, flag: "5" }) : file(name),
    );
    const { entries: read, contents, findings } = await readWhole(rawTarGz(...entries));
    expect(read.map(({ entry }) => entry.path)).toEqual(expected);
    expect([contents.kind, contents.stateDir, findings]).toEqual(["plain", undefined, []]);
  });

  test("reads GNU's long names and links, and times with fractions", async () => {
    const long = "n".repeat(300);
    const entries = [
      rawEntry({ name: "././@LongLink", flag: "L", magic: "ustar " }, `${long}\0`),
      rawEntry({ name: long.slice(0, 100), magic: "ustar " }, "x"),
      rawEntry({ name: "././@LongLink", flag: "K", magic: "ustar " }, `${"t".repeat(200)}\0`),
      rawEntry({ name: "link", flag: "2", linkname: "t".repeat(100), magic: "ustar " }),
      rawPax({ mtime: "1790000000.123456789", path: "日本" }),
      rawEntry({ name: "x" }),
    ];
    const { entries: read } = await readWhole(rawTarGz(...entries));
    expect(read.map(({ entry }) => entry.path)).toEqual([long, "link", "日本"]);
    expect(read[1]?.entry.target).toBe("t".repeat(200));
    expect(read[2]?.entry.mtimeNs).toBe(1_790_000_000_123_456_789n);
  });

  test("keeps names that are not UTF-8", async () => {
    expect(await paths(rawEntry({ name: Uint8Array.of(0x61, 0xff, 0x62) }))).toEqual(["a\udcffb"]);
  });

  test("reads old tars, where a name with a slash is a directory", async () => {
    const { entries } = await readWhole(
      rawTarGz(rawEntry({ name: "d/", magic: "\0\0\0\0\0\0", flag: "\0" })),
    );
    expect(entries[0]?.entry).toMatchObject({ type: "dir", path: "d" });
  });

  test("passes over odd things, and says so", async () => {
    const entries = [
      file("a"),
      rawEntry({ name: "pipe", flag: "6" }),
      rawEntry({ name: "null", flag: "3" }),
      rawEntry({ name: "label", flag: "V" }),
      file("a"),
      rawEntry({ name: "d/", flag: "5" }),
      rawEntry({ name: "d/", flag: "5" }),
      rawEntry({ name: "l", flag: "1", linkname: "pipe" }),
      rawEntry({ name: "m", flag: "1", linkname: "./a" }),
    ];
    const { entries: read, findings } = await readWhole(rawTarGz(...entries));
    expect(read.map(({ entry }) => entry.path)).toEqual(["a", "d", "m"]);
    expect(findings.map(({ code, path }) => [code, path])).toEqual([
      ["unsupported-format", "pipe"],
      ["unsupported-format", "null"],
      ["unsupported-format", "label"],
      ["data-corrupt", "a"],
      ["data-corrupt", "l"],
    ]);
  });

  test.each([
    ["a path that leads up", [file("a/../../x")], "path-outside-target"],
    ["an absolute path that leads up", [file("/../x")], "path-outside-target"],
    [
      "a file below a link",
      [rawEntry({ name: "l", flag: "2", linkname: "/etc" }), file("l/passwd")],
      "data-corrupt",
    ],
    ["a sparse file", [rawEntry({ name: "s", flag: "S" })], "unsupported-format"],
  ])("refuses %s", async (_, entries, code) => {
    await expect(readWhole(rawTarGz(...entries))).rejects.toMatchObject({ code });
  });

  test("refuses a tar without its end, because it may have been cut", async () => {
    await expect(readWhole(rawTar(file("a"), file("b")).subarray(0, 2048))).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  test("says when it holds a backup that lost its beginning", async () => {
    const { contents, findings } = await readWhole(rawTarGz(file("x"), config, manifest));
    expect([contents.kind, findings]).toEqual([
      "plain",
      [{ code: "data-corrupt", message: expect.stringContaining("backup") }],
    ]);
  });

  test("has nothing to give when it is empty", async () => {
    const { entries, contents } = await readWhole(rawTarGz());
    expect([entries, contents.kind]).toEqual([[], "plain"]);
  });
});
