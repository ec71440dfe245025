import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { listPreRestore, readLastRollback } from "../../../lib/restore/index.ts";
import { contentOf, type Machine, machine, STAMP } from "../../helpers/restore-machine.ts";
import { outlineOf, type Rewinder, rewinder } from "../../helpers/rollback.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";

/** Content, modes, links and the times of files. */
const stateOf = (box: Machine) => contentOf(box.stateDir);

async function goBack(
  rewind: Rewinder,
  source: Parameters<Rewinder["plan"]>[0],
  choice: Parameters<Rewinder["plan"]>[1] = {},
) {
  return await rewind.apply(await rewind.plan(source, choice));
}

describe("a rollback", () => {
  test("makes workspace, skills and config as they were, and only these", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const before = stateOf(box);
    const source = await rewind.take();
    const at = (path: string) => `${box.stateDir}/${path}`;
    writeFileSync(at("workspace/MEMORY.md"), "forgotten everything");
    rmSync(at("workspace/notes/a.md"));
    rmSync(at("skills"), { recursive: true });
    rmSync(at("workspace/latest"));
    symlinkSync("elsewhere", at("workspace/latest"));
    writeTree(
      at("workspace"),
      tree({ extra: dir({ deep: dir({ "x.md": file("x") }), empty: dir() }) }),
    );
    writeFileSync(at("credentials/telegram.json"), '{"new":true}');
    writeFileSync(at("later.json"), "{}");
    const prepared = await rewind.plan(source);
    expect(outlineOf(prepared)).toEqual([
      "+ skills",
      "+ skills/demo",
      "+ skills/demo/SKILL.md",
      "M workspace/MEMORY.md (content, time)",
      "- workspace/extra",
      "- workspace/extra/deep",
      "- workspace/extra/deep/x.md",
      "- workspace/extra/empty",
      "M workspace/latest (target)",
      "+ workspace/notes/a.md",
    ]);
    const { plan } = prepared;
    expect(plan).toMatchObject({
      added: { count: 2 },
      changed: { count: 2 },
      removed: { count: 1, bytes: 1 },
      left: [],
      preRestore: [`${box.stateDir}.pre-restore-${STAMP}`],
    });
    const report = await rewind.apply(prepared);
    expect(stateOf(box)).toEqual({
      ...before,
      "credentials/telegram.json": expect.objectContaining({ body: '{"new":true}' }),
      "later.json": expect.objectContaining({ body: "{}" }),
    });
    expect(report).toMatchObject({ restored: { files: 3 }, removed: 1, refused: [], warnings: [] });
    expect(contentOf(report.preRestore ?? "")).toMatchObject({
      "workspace/MEMORY.md": { body: "forgotten everything" },
      "workspace/extra/deep/x.md": { body: "x" },
    });
    expect(listPreRestore(box)).toMatchObject([
      { canUndo: false, replacedBy: expect.stringContaining("rollback to snapshot") },
    ]);
    expect(readdirSync(box.join("user")).filter((name) => name.includes("stage"))).toEqual([]);
  });

  test("that is undone leaves what was there before it, and so on", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "changed");
    writeFileSync(`${box.stateDir}/workspace/new.md`, "new");
    chmodSync(`${box.stateDir}/workspace/notes/a.md`, 0o640);
    const changed = stateOf(box);
    await goBack(rewind, source);
    const back = stateOf(box);
    expect(back).not.toEqual(changed);
    for (const expected of [changed, back, changed]) {
      const last = readLastRollback(box.home, box.stateDir);
      const saved = rewind.saved.get(last?.before.id ?? "");
      if (last === undefined || saved === undefined) throw new Error("no rollback is recorded");
      await goBack(rewind, saved, last.choice);
      expect(stateOf(box)).toEqual(expected);
    }
  });

  test("stays out of the way of an undo of the restore before it", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const archive = await box.backUp();
    const source = await rewind.take();
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "before the restore");
    await box.restore(archive);
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "before the rollback");
    await goBack(rewind, source);
    expect(listPreRestore(box).map(({ canUndo }) => canUndo)).toEqual([false, true]);
    await box.undo();
    const memory = readFileSync(`${box.stateDir}/workspace/MEMORY.md`, "utf8");
    expect(memory).toBe("before the restore");
  });

  test("of what is the same takes no snapshot and does nothing", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const prepared = await rewind.plan(source);
    expect(prepared.plan.entries).toEqual([]);
    const report = await rewind.apply(prepared);
    expect(report).toMatchObject({ restored: { files: 0 }, refused: [], preRestore: null });
    expect(report.before).toBeUndefined();
    expect(rewind.saved.size).toBe(0);
    expect(readLastRollback(box.home, box.stateDir)).toBeUndefined();
  });

  test("sets modes and times in place, without writing what has not changed", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const before = stateOf(box);
    const source = await rewind.take();
    const path = `${box.stateDir}/workspace/MEMORY.md`;
    const inode = statSync(path).ino;
    chmodSync(path, 0o666);
    utimesSync(path, 1, 1);
    chmodSync(`${box.stateDir}/workspace/notes`, 0o777);
    const prepared = await rewind.plan(source);
    expect(outlineOf(prepared)).toEqual([
      "M workspace/MEMORY.md (mode, time)",
      "M workspace/notes (mode)",
    ]);
    const report = await rewind.apply(prepared);
    expect(report).toMatchObject({ restored: { files: 0 }, adjusted: 2, preRestore: null });
    expect(stateOf(box)).toEqual(before);
    expect(statSync(path).ino).toBe(inode);
  });

  test("sees a change that kept size and time", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const path = `${box.stateDir}/workspace/MEMORY.md`;
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const source = await rewind.take();
    writeFileSync(path, "REMEMBER");
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect(outlineOf(await rewind.plan(source))).toEqual(["M workspace/MEMORY.md (content)"]);
    await goBack(rewind, source);
    expect(readFileSync(path, "utf8")).toBe("remember");
  });

  test("leaves what is out of the snapshot's scope where it is, with the directories above it", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const project = `${box.stateDir}/workspace/project`;
    writeTree(
      `${box.stateDir}/workspace`,
      tree({ project: dir({ "a.js": file("a"), node_modules: dir({ m: file("module") }) }) }),
    );
    expect(outlineOf(await rewind.plan(source))).toEqual(["- workspace/project/a.js"]);
    await goBack(rewind, source);
    expect(contentOf(project)).toMatchObject({ "node_modules/m": { body: "module" } });
    expect(existsSync(`${project}/a.js`)).toBe(false);
  });

  test("keeps this host's gateway token", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const config = `${box.stateDir}/openclaw.json`;
    const own = readFileSync(config, "utf8").replace("backed-up", "of this host");
    writeFileSync(config, own.replace("\n", " // broken\n"));
    await goBack(rewind, source);
    expect(readFileSync(config, "utf8")).toBe(own);
    // What differs by that token alone is as it shall be.
    expect((await rewind.plan(source)).plan.entries).toEqual([]);
  });
});

describe("what has another type by now", () => {
  test("is exchanged as it is, and no link is followed", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const before = stateOf(box);
    const source = await rewind.take();
    const at = (path: string) => `${box.stateDir}/workspace/${path}`;
    writeTree(box.join("elsewhere"), tree({ "a.md": file("not mine") }));
    rmSync(at("notes"), { recursive: true });
    symlinkSync(box.join("elsewhere"), at("notes"));
    rmSync(at("MEMORY.md"));
    writeTree(at("MEMORY.md"), tree({ inside: dir({ f: file("f") }) }));
    rmSync(at("latest"));
    writeFileSync(at("latest"), "a file");
    const changed = stateOf(box);
    const prepared = await rewind.plan(source);
    expect(outlineOf(prepared)).toEqual([
      "M workspace/MEMORY.md (type)",
      "- workspace/MEMORY.md/inside",
      "- workspace/MEMORY.md/inside/f",
      "M workspace/latest (type)",
      "M workspace/notes (type)",
      "+ workspace/notes/a.md",
      "+ workspace/notes/b.md",
    ]);
    await rewind.apply(prepared);
    expect(stateOf(box)).toEqual(before);
    expect(contentOf(box.join("elsewhere"))).toMatchObject({ "a.md": { body: "not mine" } });
    const [saved] = rewind.saved.values();
    await goBack(rewind, saved as never);
    expect(stateOf(box)).toEqual(changed);
  });

  test("stays when it is a directory that holds what the snapshot does not cover", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const path = `${box.stateDir}/workspace/MEMORY.md`;
    rmSync(path);
    writeTree(path, tree({ node_modules: dir({ m: file("m") }) }));
    const { plan } = await rewind.plan(source);
    expect(plan.entries).toEqual([]);
    expect(plan.left).toMatchObject([{ path, reason: expect.stringContaining("does not cover") }]);
  });

  test("is told of when only something in a directory was asked for", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    rmSync(`${box.stateDir}/workspace/notes`, { recursive: true });
    writeFileSync(`${box.stateDir}/workspace/notes`, "in the way");
    const prepared = await rewind.plan(source, { only: ["workspace/notes/a.md"] });
    expect(outlineOf(prepared)).toEqual(["M workspace/notes (type)", "+ workspace/notes/a.md"]);
    await rewind.apply(prepared);
    expect(readdirSync(`${box.stateDir}/workspace/notes`)).toEqual(["a.md"]);
  });
});

describe("files of several names", () => {
  test("are one file again, and changed under all names", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const at = (path: string) => `${box.stateDir}/workspace/${path}`;
    linkSync(at("MEMORY.md"), at("same.md"));
    linkSync(at("notes/a.md"), at("notes/z.md"));
    const source = await rewind.take();
    expect((await rewind.plan(source)).plan.entries).toEqual([]);
    writeFileSync(at("MEMORY.md"), "changed");
    rmSync(at("notes/z.md"));
    writeFileSync(at("notes/z.md"), "a");
    await goBack(rewind, source);
    expect(readFileSync(at("same.md"), "utf8")).toBe("remember");
    expect(statSync(at("MEMORY.md")).ino).toBe(statSync(at("same.md")).ino);
    expect(statSync(at("notes/a.md")).ino).toBe(statSync(at("notes/z.md")).ino);
    expect((await rewind.plan(source)).plan.entries).toEqual([]);
  });

  test("come back singly when the first name is not asked for", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const at = (path: string) => `${box.stateDir}/workspace/${path}`;
    linkSync(at("MEMORY.md"), at("same.md"));
    const source = await rewind.take();
    rmSync(at("same.md"));
    writeFileSync(at("MEMORY.md"), "stays");
    await goBack(rewind, source, { only: ["workspace/same.md"] });
    expect(readFileSync(at("same.md"), "utf8")).toBe("remember");
    expect(readFileSync(at("MEMORY.md"), "utf8")).toBe("stays");
  });
});
