import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { openCapture, resolveScope } from "../../../lib/capture/index.ts";
import {
  type CaptureSetting,
  captureOptions,
  collect,
  outline,
  plainInstallation,
} from "../../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import {
  dir,
  file,
  hardlink,
  symlink,
  type TreeLiteral,
  tree,
  writeTree,
} from "../../helpers/tree.ts";

async function capture(literal: TreeLiteral, setting: CaptureSetting = {}, use?: TempDir) {
  await using own = await tempDir();
  const base = use ?? own;
  const stateDir = base.join("state");
  const temporary = base.join("tmp");
  if (use === undefined) {
    mkdirSync(temporary);
    writeTree(stateDir, literal);
  }
  await using running = openCapture(
    captureOptions(plainInstallation(stateDir), temporary, setting),
  );
  const entries = await collect(running, { stateDir });
  return { entries, outline: outline(entries), report: running.report(), stateDir };
}

/** A state directory and a temporary directory, ready to be changed by the test. */
async function prepare(literal: TreeLiteral): Promise<TempDir> {
  const base = await tempDir();
  mkdirSync(base.join("tmp"));
  writeTree(base.join("state"), literal);
  return base;
}

describe("the stream of entries", () => {
  test("has each directory before what it holds, names in byte order", async () => {
    const { outline } = await capture(
      tree({
        "openclaw.json": file("{}"),
        workspace: dir({ "Z.md": file("z"), "a.md": file("a"), sub: dir({ "x.txt": file("x") }) }),
        "é.txt": file("e"),
        empty: dir(),
      }),
    );
    expect(outline).toEqual([
      "dir ",
      "dir empty",
      "file openclaw.json",
      "dir workspace",
      "file workspace/Z.md",
      "file workspace/a.md",
      "dir workspace/sub",
      "file workspace/sub/x.txt",
      "file é.txt",
    ]);
  });

  test("carries content, mode, time and class of each file", async () => {
    const mtime = new Date("2026-11-20T08:30:00.123Z");
    const { entries } = await capture(
      tree({
        credentials: dir({ token: file("secret", { mode: 0o640, mtime }) }),
        big: file(Buffer.alloc(5_000_000, "ab")),
        none: file(""),
      }),
    );
    const token = entries.find(({ path }) => path === "credentials/token");
    expect(token?.entry).toMatchObject({
      type: "file",
      mode: 0o640,
      class: "credentials",
      sizeBytes: 6,
    });
    const mtimeNs = token?.entry.type === "file" ? token.entry.mtimeNs : 0n;
    expect(mtimeNs / 1_000_000n).toBe(BigInt(mtime.getTime()));
    expect(token?.content?.toString()).toBe("secret");
    const big = entries.find(({ path }) => path === "big");
    expect(big?.content?.equals(Buffer.alloc(5_000_000, "ab"))).toBe(true);
    expect(entries.find(({ path }) => path === "none")?.content?.length).toBe(0);
  });

  test("records links and never follows them", async () => {
    const { outline, entries, report } = await capture(
      tree({
        real: dir({ "x.txt": file("x") }),
        inside: symlink("real"),
        outside: symlink("/usr/share"),
        dangling: symlink("nowhere"),
        up: symlink("../../.."),
      }),
    );
    expect(outline.filter((line) => line.startsWith("symlink"))).toEqual([
      "symlink dangling",
      "symlink inside",
      "symlink outside",
      "symlink up",
    ]);
    expect(outline).not.toContain("file inside/x.txt");
    expect(entries.find(({ path }) => path === "outside")?.entry).toMatchObject({
      target: "/usr/share",
    });
    expect(report.notes.filter(({ note }) => note === "link-out")).toHaveLength(2);
  });

  test("gives the first of several hard links as a file, the others as links to it", async () => {
    const { entries, outline } = await capture(
      tree({
        a: dir({ one: file("1") }),
        b: hardlink("a/one"),
        c: dir({ two: hardlink("a/one") }),
      }),
    );
    expect(outline).toEqual([
      "dir ",
      "dir a",
      "file a/one",
      "hardlink b",
      "dir c",
      "hardlink c/two",
    ]);
    const targets = entries.flatMap(({ entry }) =>
      entry.type === "hardlink" ? [entry.target] : [],
    );
    expect(targets).toEqual([
      expect.stringMatching(/\/a\/one$/),
      expect.stringMatching(/\/a\/one$/),
    ]);
  });

  test("keeps every name: bytes that are not UTF-8, newlines, backslashes, drive letters", async () => {
    const names = [
      "bad\udcff\udc80name",
      "new\nline",
      "back\\slash",
      "C:drive",
      " ",
      "...",
      "\u202e",
    ];
    const { outline, report } = await capture(
      tree(Object.fromEntries(names.map((name) => [name, file(name.length.toString())]))),
    );
    expect(outline.toSorted()).toEqual(["dir ", ...names.map((name) => `file ${name}`)].toSorted());
    const odd = report.notes.filter(({ note }) => note === "odd-name");
    expect(odd.map(({ path }) => path.split("/").at(-1)).toSorted()).toEqual(
      ["bad\udcff\udc80name", "back\\slash", "C:drive"].toSorted(),
    );
  });
});

describe("what holds nothing", () => {
  test("fifos and sockets are left out without harm, devices are omissions", async () => {
    await using base = await prepare(tree({ workspace: dir({ "a.md": file("a") }) }));
    execFileSync("mkfifo", [base.join("state/workspace/fifo")]);
    const server = createServer().listen(base.join("state/workspace/sock"));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) execFileSync("mknod", [base.join("state/null"), "c", "1", "3"]);
    try {
      const { outline, report } = await capture({}, {}, base);
      expect(outline).toEqual([
        "dir ",
        ...(isRoot ? ["omission null"] : []),
        "dir workspace",
        "file workspace/a.md",
      ]);
      expect(report.notes.map(({ note }) => note)).toEqual(["special"]);
      expect(report.omissions.map(({ reason }) => reason)).toEqual(isRoot ? ["special"] : []);
      expect(report.degraded).toBe(false);
    } finally {
      server.close();
    }
  });
});

describe("scope", () => {
  const state = tree({
    "openclaw.json": file("{}"),
    ".env": file("KEY=1"),
    cron: dir({ "jobs.json": file("[]") }),
    logs: dir({ "gateway.log": file("line") }),
    media: dir({ "x.jpg": file("jpg") }),
    skills: dir({ demo: dir({ "SKILL.md": file("skill") }) }),
    workspace: dir({ "MEMORY.md": file("m"), skills: dir({ "own.md": file("s") }) }),
    tmp: dir({ x: file("x") }),
  });

  test("by default leaves out logs and what can be made again", async () => {
    const { outline } = await capture(state);
    expect(outline).not.toContain("file logs/gateway.log");
    expect(outline.some((line) => line.includes(" tmp"))).toBe(false);
    expect(outline).toContain("file workspace/MEMORY.md");
    expect(outline).toContain("file media/x.jpg");
  });

  test("--only-config takes config, credentials, cron and skills, with the directories above them alone", async () => {
    const { outline } = await capture(state, { scope: resolveScope({ onlyConfig: true }) });
    expect(outline).toEqual([
      "dir ",
      "file .env",
      "dir cron",
      "file cron/jobs.json",
      "file openclaw.json",
      "dir skills",
      "dir skills/demo",
      "file skills/demo/SKILL.md",
    ]);
  });

  test("--no-workspace leaves out the workspace with all it holds", async () => {
    const { outline } = await capture(state, { scope: resolveScope({ noWorkspace: true }) });
    expect(outline.some((line) => line.includes("workspace"))).toBe(false);
    expect(outline).toContain("file media/x.jpg");
  });

  test("of one class gives nothing else", async () => {
    const { outline } = await capture(state, { scope: resolveScope({ classes: ["media"] }) });
    expect(outline).toEqual(["dir ", "dir media", "file media/x.jpg"]);
  });
});

describe("rules", () => {
  test("leave out what they name, and include brings it back", async () => {
    const { outline } = await capture(
      tree({
        workspace: dir({
          "a.bak": file("a"),
          "keep.bak": file("k"),
          big: dir({ x: file("x"), part: dir({ y: file("y") }) }),
        }),
      }),
      {
        file: { excluded_extensions: ["bak"], excluded_folders: ["big"], include: ["keep.bak"] },
        flags: { include: ["workspace/big/part/"] },
      },
    );
    expect(outline).toEqual([
      "dir ",
      "dir workspace",
      "dir workspace/big",
      "dir workspace/big/part",
      "file workspace/big/part/y",
      "file workspace/keep.bak",
    ]);
  });

  test("cannot leave out the config, unless --force-exclude names it", async () => {
    const state = tree({ "openclaw.json": file("{}"), "other.json": file("{}") });
    const rules = { file: { excluded_extensions: ["json"] } };
    const kept = await capture(state, rules);
    expect(kept.outline).toEqual(["dir ", "file openclaw.json"]);
    expect(kept.report.notes).toMatchObject([{ note: "rule-overruled" }]);
    const forced = await capture(state, { ...rules, flags: { forceExclude: ["openclaw.json"] } });
    expect(forced.outline).toEqual(["dir "]);
  });

  test("by size, by CACHEDIR.TAG and by the updater's marker leave out what they should", async () => {
    const tag = "Signature: 8a477f597d28d172789f06886806bc55\n# made by a test";
    const { outline } = await capture(
      tree({
        workspace: dir({
          cache: dir({ "CACHEDIR.TAG": file(tag), x: file("x") }),
          fake: dir({ "CACHEDIR.TAG": file("no signature"), y: file("y") }),
          large: file("123456"),
          small: file("12345"),
          copy: dir({ ".openclaw-private-update-capture": file(""), z: file("z") }),
        }),
      }),
      { file: { CACHEDIR_TAG: true, max_file_size: 5 } },
    );
    expect(outline).toEqual([
      "dir ",
      "dir workspace",
      "dir workspace/fake",
      "file workspace/fake/y",
      "file workspace/small",
    ]);
  });

  test("include brings back what could be made again", async () => {
    const { outline } = await capture(
      tree({ git: dir({ own: dir({ "x.ts": file("x") }), other: dir({ y: file("y") }) }) }),
      { flags: { include: ["/git/own/"] } },
    );
    expect(outline).toEqual(["dir ", "dir git", "dir git/own", "file git/own/x.ts"]);
  });
});

describe("Clawback's own files", () => {
  test("are never walked into: own paths, what restores set aside, temporary files, earlier backups", async () => {
    await using base = await prepare(
      tree({
        home: dir({ "settings.json": file("{}") }),
        link: symlink("home"),
        ".openclaw.pre-restore-20261120T030000Z": dir({ x: file("x") }),
        ".openclaw.appeared-20261120T030000Z": dir({ x: file("x") }),
        ".clawback-stage-17-99-abc": dir({ x: file("x") }),
        ".clawback-0123456789abcdef.tmp": file("half"),
        ".clawback-notes": file("the user's own"),
        "2026-11-20T08-36-45.918+00-00-openclaw-backup.tar.gz": file("native"),
        "20261121T030000Z-k3f9xq.tar.gz.gpg": file("ours"),
        "backup.tar.gz": file("the user's own"),
        "out.tar.gz": file("being written"),
      }),
    );
    const ownPaths = [base.join("state/home"), base.join("state/out.tar.gz")];
    const { outline } = await capture({}, { ownPaths }, base);
    expect(outline).toEqual(["dir ", "file .clawback-notes", "file backup.tar.gz", "symlink link"]);
  });

  test("are left out where a link names them, and where a root lies inside them", async () => {
    await using base = await prepare(tree({ "a.txt": file("a"), home: dir({ x: file("x") }) }));
    symlinkSync(base.join("state/home"), base.join("home-link"));
    const linked = await capture({}, { ownPaths: [base.join("home-link")] }, base);
    expect(linked.outline).toEqual(["dir ", "file a.txt"]);
    const inside = await capture({}, { ownPaths: [base.path] }, base);
    expect(inside.outline).toEqual([]);
  });
});

describe("a capture", () => {
  test("ends with a file that has vanished as a note, not as an omission", async () => {
    await using base = await prepare(tree({ a: file("a"), b: file("b") }));
    const stateDir = base.join("state");
    await using running = openCapture(
      captureOptions(plainInstallation(stateDir), base.join("tmp")),
    );
    const seen: string[] = [];
    for await (const entry of running) {
      if (entry.type === "file") rmSync(base.join("state/b"));
      seen.push(entry.type);
    }
    expect(seen).toEqual(["dir", "file"]);
    expect(running.report()).toMatchObject({
      omissions: [],
      notesTotal: 1,
      notes: [{ note: "vanished" }],
    });
  });

  test("is cancelled by its signal and leaves nothing in the temporary directory", async () => {
    await using base = await prepare(tree({ a: file("a"), b: file(Buffer.alloc(9_000_000)) }));
    const stop = new AbortController();
    const options = captureOptions(plainInstallation(base.join("state")), base.join("tmp"), {
      signal: stop.signal,
    });
    const stateDir = base.join("state");
    const run = async () => {
      await using running = openCapture(options);
      await collect(running, { stateDir, onPiece: () => stop.abort() });
    };
    await expect(run()).rejects.toMatchObject({ code: "cancelled" });
    expect(statSync(base.join("tmp")).nlink).toBe(2);
  });

  test("keeps at most 1,000 notes and counts them all", async () => {
    const names = Array.from({ length: 1100 }, (_, i) => [`l${i}`, symlink("/out")] as const);
    const { report } = await capture(tree(Object.fromEntries(names)));
    expect(report.notes).toHaveLength(1000);
    expect(report.notesTotal).toBe(1100);
  });
});
