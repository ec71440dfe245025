import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { type ArchiveSource, planRestore } from "../../../lib/restore/index.ts";
import { asset, dirEntry, nativeArchive, payload } from "../../helpers/native-archive.ts";
import {
  bytesSource,
  contentOf,
  type Machine,
  machine,
  makeDatabase,
  noteIn,
} from "../../helpers/restore-machine.ts";
import { rawEntry, rawTarGz } from "../../helpers/tar-blocks.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";

const atHand = (source: ArchiveSource): ArchiveSource => ({ ...source, isAtHand: true });

describe.each(["at hand", "streamed"])("a plain tar, %s", (kind) => {
  /** A tar of the state directory below some prefix, as a person would have made it. */
  function plain(box: Machine, prefix: string): ArchiveSource {
    const paths = Object.entries(contentOf(box.stateDir)) as [
      string,
      { type: string; body?: string; target?: string },
    ][];
    const tar = rawTarGz(
      ...paths.flatMap(([path, { type, target }]) => {
        const name = `${prefix}${path}`;
        if (type === "dir") return [rawEntry({ name: `${name}/`, flag: "5", mode: 0o755 })];
        if (type === "symlink") return [rawEntry({ name, flag: "2", linkname: target ?? "" })];
        return [rawEntry({ name }, readFileSync(`${box.stateDir}/${path}`))];
      }),
    );
    const source = bytesSource(tar);
    return kind === "at hand" ? atHand(source) : source;
  }

  test.each(["", "./", ".openclaw/", "home/someone/.openclaw/"])(
    "whose state directory is at %j restores in place",
    async (prefix) => {
      await using box = await machine();
      const source = plain(box, prefix);
      writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
      writeTree(box.stateDir, tree({ npm: dir({ "a.js": file("npm") }) }));
      const report = await box.restore(source);
      expect(readFileSync(`${box.stateDir}/workspace/notes/a.md`, "utf8")).toBe("a");
      expect(readdirSync(box.stateDir)).toContain("npm");
      expect(report.plan.mode).toBe("in-place");
    },
  );

  test("restores elsewhere as tar would", async () => {
    await using box = await machine();
    const source = plain(box, "home/someone/.openclaw/");
    await box.restore(source, { target: box.join("there") });
    expect(
      readFileSync(box.join("there/home/someone/.openclaw/workspace/notes/a.md"), "utf8"),
    ).toBe("a");
  });

  test("without a state directory is refused in place, and restored elsewhere", async () => {
    await using box = await machine();
    const tar = rawTarGz(rawEntry({ name: "a.txt" }, "text"));
    const source = kind === "at hand" ? atHand(bytesSource(tar)) : bytesSource(tar);
    await expect(box.restore(source)).rejects.toMatchObject({ code: "unsupported-format" });
    await box.restore(source, { target: box.join("there") });
    expect(readdirSync(box.join("there"))).toEqual(["a.txt"]);
  });

  test("without any workspace leaves the live one alone", async () => {
    await using box = await machine();
    const tar = rawTarGz(
      ...["openclaw.json", "credentials/x.json", "agents/main/note"].map((name) =>
        rawEntry({ name: `.openclaw/${name}` }, "{}"),
      ),
    );
    const source = kind === "at hand" ? atHand(bytesSource(tar)) : bytesSource(tar);
    await box.restore(source);
    expect(readdirSync(box.stateDir).sort()).toEqual([
      ...["agents", "credentials", "openclaw.json", "workspace"],
    ]);
    expect(readdirSync(`${box.stateDir}/workspace/notes`)).toEqual(["a.md", "b.md"]);
  });

  test("of little more than a config never replaces the whole tree", async () => {
    await using box = await machine();
    const tar = rawTarGz(rawEntry({ name: ".openclaw/openclaw.json" }, "{}"));
    const source = kind === "at hand" ? atHand(bytesSource(tar)) : bytesSource(tar);
    const report = await box.restore(source);
    expect(report.plan.mode).toBe("partial");
    expect(readdirSync(`${box.stateDir}/skills`)).toEqual(["demo"]);
  });
});

test("a plain tar of a live database brings its log along, and both are checked together", async () => {
  await using box = await machine();
  mkdirSync(box.join("state"));
  const path = box.join("state/openclaw.sqlite");
  makeDatabase(path);
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA journal_mode=WAL; INSERT INTO notes VALUES ('in the log')");
  const tar = rawTarGz(
    rawEntry({ name: ".openclaw/openclaw.json" }, "{}"),
    rawEntry({ name: ".openclaw/state/openclaw.sqlite" }, readFileSync(path)),
    rawEntry({ name: ".openclaw/state/openclaw.sqlite-wal" }, readFileSync(`${path}-wal`)),
  );
  writer.close();
  await box.restore(bytesSource(tar));
  expect(noteIn(`${box.stateDir}/state/openclaw.sqlite`)).toBe("in the log");
});

test("a plain tar of a torn database is refused in place, and told elsewhere", async () => {
  await using box = await machine();
  makeDatabase(box.join("whole.sqlite"));
  const torn = readFileSync(box.join("whole.sqlite"));
  torn.fill(0x55, 4096, 8192);
  const tar = rawTarGz(
    rawEntry({ name: ".openclaw/openclaw.json" }, "{}"),
    rawEntry({ name: ".openclaw/state/openclaw.sqlite" }, torn),
  );
  const before = contentOf(box.stateDir);
  await expect(box.restore(bytesSource(tar))).rejects.toMatchObject({ code: "data-corrupt" });
  expect(contentOf(box.stateDir)).toEqual(before);
  const report = await box.restore(bytesSource(tar), { target: box.join("there") });
  expect(report.warnings.join()).toContain("is not sound");
});

describe("an archive made by openclaw itself", () => {
  /** As `openclaw backup create` writes it: config first, directories after what they hold, no transcripts. */
  function native(state: string, workspace?: string): ArchiveSource {
    const outside = workspace === undefined ? [] : [workspace];
    const entries = [
      { name: payload(`${state}/openclaw.json`), body: "{}" },
      { name: payload(`${state}/agents/main/sessions/sessions.json`), body: "{}" },
      dirEntry(payload(`${state}/workspace`)),
      { name: payload(`${state}/workspace/MEMORY.md`), body: "native" },
      ...outside.map((path) => ({ name: payload(`${path}/w.md`), body: "native work" })),
    ];
    const assets = [asset("state", state), ...outside.map((path) => asset("workspace", path))];
    return bytesSource(nativeArchive(entries, { paths: { stateDir: state }, assets }));
  }

  test.each(["at hand", "streamed"])(
    "restores in place, %s, and what it never holds stays",
    async (kind) => {
      await using box = await machine({ stateDir: "u/.o" });
      writeTree(
        `${box.stateDir}/agents/main/sessions`,
        tree({ "s.jsonl": file("the only transcript") }),
      );
      writeTree(`${box.stateDir}/workspace`, tree({ "note.tmp.md": file("kept") }));
      const source = native(box.stateDir);
      await box.restore(kind === "at hand" ? atHand(source) : source);
      expect(readFileSync(`${box.stateDir}/workspace/MEMORY.md`, "utf8")).toBe("native");
      expect(readdirSync(`${box.stateDir}/agents/main/sessions`)).toEqual([
        "s.jsonl",
        "sessions.json",
      ]);
      expect(readdirSync(`${box.stateDir}/workspace`)).toContain("note.tmp.md");
      expect(readdirSync(`${box.stateDir}/workspace`)).not.toContain("notes");
    },
  );

  test("brings a workspace outside back to a new machine only when the plan could list it", async () => {
    await using box = await machine({ stateDir: "u/.o" });
    const work = box.join("u/w");
    rmSync(box.join("u"), { recursive: true });
    const streamed = await box.restore(native(box.stateDir, work), { installation: undefined });
    expect(streamed.warnings.join()).toContain(`"${work}" is not restored`);
    expect(readdirSync(box.join("u"))).toEqual([".o"]);
    rmSync(box.join("u"), { recursive: true });
    const source = atHand(native(box.stateDir, work));
    const { plan } = await planRestore(box.plan(source, { installation: undefined }));
    expect(plan.roots.map(({ to }) => to)).toEqual([box.stateDir, work]);
    await box.restore(source, { installation: undefined });
    expect(readFileSync(`${work}/w.md`, "utf8")).toBe("native work");
  });

  test("leaves a directory alone that is there and that the installation does not use", async () => {
    await using box = await machine({ stateDir: "u/.o" });
    const work = box.join("u/w");
    writeTree(work, tree({ "mine.md": file("mine") }));
    const report = await box.restore(atHand(native(box.stateDir, work)));
    expect(report.warnings.join()).toContain(
      "something is there that the installation does not use",
    );
    expect(readdirSync(work)).toEqual(["mine.md"]);
    await box.restore(atHand(native(box.stateDir, work)), {
      installation: box.installation({
        roots: [
          { kind: "state", path: box.stateDir },
          { kind: "workspace", path: work },
        ],
      }),
    });
    expect(readdirSync(work)).toEqual(["w.md"]);
  });
});
