import { execFileSync, spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseFileList } from "../../lib/archive/index.ts";
import { fsPath } from "../../lib/filesystem/index.ts";
import {
  dirInput,
  fileInput,
  hardlinkInput,
  ROOT,
  readWhole,
  STATE,
  symlinkInput,
  writeInputs,
} from "../helpers/archive-inputs.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import {
  dir,
  expectTree,
  file,
  hardlink,
  readTree,
  symlink,
  tree,
  writeTree,
} from "../helpers/tree.ts";

const NOISE = Buffer.from(Array.from({ length: 2_600_000 }, (_, i) => (i * i * 13) >> 4));
const TREE = tree({
  "openclaw.json": file("{}", { mode: 0o600, mtime: new Date("2026-11-20T03:00:00Z") }),
  workspace: dir({
    "MEMORY.md": file("# Memory\n", { mode: 0o640 }),
    [`${"n".repeat(200)}.md`]: file("long"),
    "日本.md": file("text"),
    "bad\udcff": file("bytes"),
    "a\\b C:x": file("odd"),
    "big.bin": file(NOISE),
    empty: dir({}, { mode: 0o500 }),
    link: symlink("MEMORY.md"),
    out: symlink("/etc/passwd"),
    "z-hard.md": hardlink("workspace/MEMORY.md"),
  }),
});

async function withTree(run: (temp: TempDir) => Promise<void>): Promise<void> {
  await using temp = await tempDir();
  writeTree(temp.join(".openclaw"), TREE);
  await run(temp);
}

describe("an archive of ours", () => {
  const inputs = [
    fileInput("a.txt", "hello", { mode: 0o640 }),
    dirInput("d", 0o750),
    fileInput("d/big", NOISE),
    fileInput("d/after", "small"),
    hardlinkInput("d/hard", "a.txt"),
    symlinkInput("d/link", "../a.txt"),
    fileInput(`d/${"é".repeat(120)}`, "x"),
  ];

  test("is unpacked by tar, with modes, times and links", async () => {
    await using temp = await tempDir();
    const { bytes } = await writeInputs(inputs);
    execFileSync("tar", ["xzpf", "-", "-C", temp.path], { input: bytes });
    const mtime = new Date(1_790_000_000_000);
    expectTree(temp.join(ROOT, "payload/posix", STATE), {
      "a.txt": file("hello", { mode: 0o640, mtime }),
      d: dir(
        {
          big: file(NOISE),
          after: file("small", { mode: 0o644 }),
          hard: hardlink("a.txt"),
          link: symlink("../a.txt"),
          ["é".repeat(120)]: file("x"),
        },
        { mode: 0o750, mtime },
      ),
    });
  });

  test("is taken by gzip, whole and from each member on", async () => {
    const { bytes, summary } = await writeInputs(inputs);
    execFileSync("gzip", ["-t"], { input: bytes });
    const { entries } = parseFileList(summary.fileListGz, { maxBytes: 1_000_000 });
    for (const { path, memberOffset = 0 } of entries.filter(({ type }) => type === "file")) {
      const rest = execFileSync("tar", ["tzf", "-"], {
        input: bytes.subarray(memberOffset),
        encoding: "utf8",
      });
      expect(decodeNames(rest)).toContain(`${ROOT}/${path}`);
    }
    execFileSync("gzip", ["-t"], { input: summary.fileListGz });
  });

  test("has its file list and manifest within reach of tar alone", async () => {
    const { bytes } = await writeInputs(inputs);
    const cat = (name: string) =>
      execFileSync("tar", ["xzOf", "-", `${ROOT}/${name}`], { input: bytes, encoding: "utf8" });
    expect(JSON.parse(cat("manifest.json"))).toMatchObject({
      schemaVersion: 1,
      clawback: { counts: { files: 5 } },
    });
    expect(cat("clawback/files.jsonl").trim().split("\n").length).toBe(8);
  });
});

describe("a plain tar of a state directory", () => {
  test.each([
    ["gnu", ["--format=gnu"]],
    ["posix", ["--format=posix"]],
    ["oldgnu", ["--format=oldgnu"]],
  ])("in %s format gives back the tree", async (_, flags) => {
    await withTree(async (temp) => {
      const bytes = execFileSync("tar", ["czf", "-", ...flags, "-C", temp.path, ".openclaw"], {
        maxBuffer: 1 << 28,
      });
      const { entries, contents, findings } = await readWhole(bytes);
      expect([contents.kind, findings]).toEqual(["plain", []]);
      const bodies = new Map(entries.map(({ entry, content }) => [entry.path, content]));
      const read = entries.map(({ entry: { path, type, target }, content }) => {
        if (type === "dir") return [path, { type }];
        if (type === "symlink") return [path, { type, target }];
        // Which name of a file comes first is for tar to choose.
        const body = type === "hardlink" ? bodies.get(target ?? "") : content;
        return [path, { type: "file", sha256: hash("sha256", body ?? "") }];
      });
      expect(Object.fromEntries(read)).toEqual(onDisk(temp.path));
    });
  });

  test.each([
    ["./", ["-C", "HOME/.openclaw", "."], ""],
    ["its own name", ["-C", "HOME", ".openclaw"], ".openclaw/"],
    ["the whole path", ["HOME/.openclaw"], "HOME/.openclaw/"],
    ["an absolute path", ["-P", "HOME/.openclaw"], "HOME/.openclaw/"],
  ])("below %s gives relative paths", async (_, args, prefix) => {
    await withTree(async (temp) => {
      const fill = (text: string) => text.replace("HOME", temp.path);
      const bytes = spawnSync("tar", ["czf", "-", ...args.map(fill)], {
        maxBuffer: 1 << 28,
      }).stdout;
      const { entries } = await readWhole(bytes);
      expect(entries.map(({ entry }) => entry.path)).toContain(
        `${fill(prefix)}workspace/MEMORY.md`.replace(/^\//, ""),
      );
    });
  });

  test("passes over a named pipe, and refuses sparse files", async () => {
    await using temp = await tempDir();
    execFileSync("mkfifo", [temp.join("pipe")]);
    writeFileSync(temp.join("file"), "x");
    execFileSync("truncate", ["-s", "10M", temp.join("sparse")]);
    const pack = (...names: string[]) =>
      execFileSync("tar", ["czSf", "-", "-C", temp.path, ...names]);
    const { entries, findings } = await readWhole(pack("pipe", "file"));
    expect(entries.map(({ entry }) => entry.path)).toEqual(["file"]);
    expect(findings).toMatchObject([{ code: "unsupported-format", path: "pipe" }]);
    await expect(readWhole(pack("sparse"))).rejects.toMatchObject({ code: "unsupported-format" });
  });

  test("is taken not compressed too", async () => {
    await withTree(async (temp) => {
      const packed = execFileSync("tar", ["czf", "-", "-C", temp.path, ".openclaw"], {
        maxBuffer: 1 << 28,
      });
      expect((await readWhole(gunzipSync(packed))).entries).toEqual(
        (await readWhole(packed)).entries,
      );
    });
  });
});

/** GNU tar lists bytes that are not ASCII as octal escapes. */
function decodeNames(listing: string): string[] {
  return listing
    .trim()
    .split("\n")
    .map((line) => {
      const latin = line.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return /[^\0-\x7f]/.test(line) ? line : Buffer.from(latin, "latin1").toString();
    });
}

/** What stands below a directory, files by their hash. */
function onDisk(root: string): Record<string, object> {
  const found = Object.entries(readTree(root)).map(([path, { type, target }]) => {
    if (type !== "file") return [path, target === undefined ? { type } : { type, target }];
    return [path, { type, sha256: hash("sha256", readFileSync(fsPath(`${root}/${path}`))) }];
  });
  return Object.fromEntries(found);
}
