import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { identifyDatabase } from "../../../lib/sqlite/index.ts";
import {
  contentOf,
  type Machine,
  machine,
  makeDatabase,
  noteIn,
  STAMP,
  withOpenClaw,
} from "../../helpers/restore-machine.ts";
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

describe("what could be lost", () => {
  test("stays: what changes, appears or is filled after the plan was made", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const at = (path: string) => `${box.stateDir}/workspace/${path}`;
    writeFileSync(at("MEMORY.md"), "planned");
    writeFileSync(at("notes/b.md"), "planned");
    rmSync(at("notes/a.md"));
    mkdirSync(at("empty"));
    chmodSync(at("USER.md"), 0o666);
    const prepared = await rewind.plan(source);
    const saveNow = async () => {
      const saved = await rewind.saveNow();
      // After the snapshot, where nothing but the look at the disk can tell.
      writeFileSync(at("MEMORY.md"), "changed meanwhile");
      writeFileSync(at("notes/a.md"), "made meanwhile");
      writeFileSync(at("empty/new.md"), "made meanwhile");
      writeFileSync(at("USER.md"), "changed meanwhile");
      return saved;
    };
    const report = await rewind.apply(prepared, { saveNow });
    expect(report.refused.map(({ path }) => path.slice(at("").length))).toEqual([
      "MEMORY.md",
      "USER.md",
      "empty",
      "notes/a.md",
    ]);
    expect(report.refused[0]?.reason).toContain("changed since the plan");
    expect(report.restored).toEqual({ files: 1, bytes: 1 });
    expect(report).toMatchObject({ removed: 0, adjusted: 0 });
    const text = (path: string) => readFileSync(at(path), "utf8");
    expect(text("MEMORY.md")).toBe("changed meanwhile");
    expect(text("notes/a.md")).toBe("made meanwhile");
    expect(text("empty/new.md")).toBe("made meanwhile");
    expect(text("USER.md")).toBe("changed meanwhile");
    expect(statSync(at("USER.md")).mode & 0o777).toBe(0o666);
    expect(text("notes/b.md")).toBe("b");
  });

  test("stays: what the snapshot of now does not hold", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const at = (path: string) => `${box.stateDir}/workspace/${path}`;
    writeFileSync(at("MEMORY.md"), "planned");
    writeFileSync(at("notes/b.md"), "planned");
    writeFileSync(at("new.md"), "new");
    const prepared = await rewind.plan(source);
    const saveNow = async () => {
      renameSync(at("new.md"), box.join("new.md"));
      const saved = await rewind.saveNow();
      renameSync(box.join("new.md"), at("new.md"));
      const list = async () => {
        const listing = await saved.contents.list();
        return {
          ...listing,
          entries: listing.entries.filter(({ path }) => path !== at("MEMORY.md")),
        };
      };
      const omissions = [{ path: at("MEMORY.md"), reason: "unreadable", detail: "" }];
      const facts = { ...saved.contents.facts, omissions } as never;
      return { ...saved, contents: { facts, list }, degraded: true };
    };
    const report = await rewind.apply(prepared, { saveNow });
    expect(report.refused).toEqual([
      {
        path: at("MEMORY.md"),
        reason: "the snapshot taken just before does not hold it (unreadable)",
      },
      { path: at("new.md"), reason: "the snapshot taken just before does not hold it" },
    ]);
    expect(report.warnings.join()).toContain("degraded");
    expect(readFileSync(at("MEMORY.md"), "utf8")).toBe("planned");
    expect(readFileSync(at("new.md"), "utf8")).toBe("new");
    expect(readFileSync(at("notes/b.md"), "utf8")).toBe("b");
  });

  test("stays: all of it when the snapshot of now fails", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "changed");
    const before = contentOf(box.join("user"));
    const prepared = await rewind.plan(source);
    const saveNow = async () => {
      throw new Error("no space");
    };
    await expect(rewind.apply(prepared, { saveNow })).rejects.toThrow("no space");
    expect(contentOf(box.join("user"))).toEqual(before);
  });

  test("stays: the report that a restore left for the agent, and what was made for the agent to read", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const path = `${box.stateDir}/workspace/.restore-complete.json`;
    const source = await rewind.take();
    writeFileSync(path, "{}");
    expect((await rewind.plan(source)).plan.entries).toEqual([]);
    const later = await rewind.take();
    rmSync(path);
    expect((await rewind.plan(later)).plan.entries).toEqual([]);
  });
});

test("what OpenClaw keeps of earlier configs is rolled back by its name only", async () => {
  await using box = await machine();
  writeFileSync(`${box.stateDir}/openclaw.json.bak`, "{}");
  const rewind = await rewinder(box);
  const source = await rewind.take();
  writeFileSync(`${box.stateDir}/openclaw.json.bak`, '{ "newer": true }');
  writeFileSync(`${box.stateDir}/openclaw.json.last-good`, "{}");
  expect((await rewind.plan(source)).plan.entries).toEqual([]);
  const only = ["openclaw.json.bak", "openclaw.json.last-good"];
  expect(outlineOf(await rewind.plan(source, { only }))).toEqual([
    "M openclaw.json.bak (content, time)",
    "- openclaw.json.last-good",
  ]);
});

describe("databases", () => {
  const path = (box: Machine) => `${box.stateDir}/state/openclaw.sqlite`;

  async function withDatabase(box: Machine): Promise<void> {
    mkdirSync(`${box.stateDir}/state`);
    makeDatabase(path(box));
    makeDatabase(`${box.stateDir}/workspace/facts.db`, { role: "agent" });
  }

  const databases = (box: Machine) => [
    { path: path(box) },
    { path: `${box.stateDir}/workspace/facts.db` },
  ];

  test("stay as they are, and it is said of those in what was asked for", async () => {
    await using box = await machine();
    await withDatabase(box);
    const rewind = await rewinder(box);
    const source = await rewind.take({ databases: databases(box) });
    const open = new DatabaseSync(`${box.stateDir}/workspace/facts.db`);
    open.exec("INSERT INTO notes VALUES ('second')");
    open.close();
    rmSync(path(box));
    makeDatabase(`${box.stateDir}/workspace/new.sqlite`);
    const { plan } = await rewind.plan(source);
    expect(plan.entries).toEqual([]);
    expect(plan.left.map((one) => one.path.slice(box.stateDir.length))).toEqual([
      "/workspace/facts.db",
      "/workspace/new.sqlite",
    ]);
    expect(plan.left[0]?.reason).toContain("--with-databases");
  });

  test("come back with --with-databases, without the logs of the newer ones, and are the same afterwards", async () => {
    await using box = await machine();
    await withDatabase(box);
    const rewind = await rewinder(box);
    const source = await rewind.take({ databases: databases(box) });
    rmSync(path(box));
    makeDatabase(path(box), { note: "newer" });
    writeFileSync(`${path(box)}-wal`, "log of the newer one");
    makeDatabase(`${box.stateDir}/workspace/new.sqlite`);
    const prepared = await rewind.plan(source, { withDatabases: true });
    expect(outlineOf(prepared)).toEqual([
      "M state/openclaw.sqlite (content)",
      "- workspace/new.sqlite",
    ]);
    expect(prepared.plan.databases).toMatchObject([{ path: path(box), action: "restore" }]);
    const report = await rewind.apply(prepared);
    expect(noteIn(path(box))).toBe("first");
    expect(readdirSync(`${box.stateDir}/state`)).toEqual(["openclaw.sqlite"]);
    expect(readdirSync(`${report.preRestore}/state`)).toEqual([
      "openclaw.sqlite",
      "openclaw.sqlite-wal",
    ]);
    expect((await rewind.plan(source, { withDatabases: true })).plan.entries).toEqual([]);
  });

  test("to which nothing was committed since are the same, also after the proof that nobody uses them", async () => {
    await using box = await machine();
    await withDatabase(box);
    for (const one of databases(box)) utimesSync(one.path, 1_700_000_000, 1_700_000_000);
    const rewind = await rewinder(box);
    const named = databases(box).map((one) => {
      return { ...one, identity: identifyDatabase(one.path)?.text };
    });
    // Stored as SQLite copies it, which is never byte for byte the same.
    const bytes = readFileSync(path(box));
    writeFileSync(path(box), Buffer.concat([bytes, Buffer.alloc(4096)]));
    const source = await rewind.take({ databases: named });
    writeFileSync(path(box), bytes);
    utimesSync(path(box), 1_700_000_000, 1_700_000_000);
    const open = new DatabaseSync(`${box.stateDir}/workspace/facts.db`);
    open.exec("INSERT INTO notes VALUES ('second')");
    open.close();
    for (let i = 0; i < 2; i++) {
      const prepared = await rewind.plan(source, { withDatabases: true });
      expect(outlineOf(prepared)).toEqual(["M workspace/facts.db (content)"]);
    }
  });

  test("that somebody uses stop the rollback before anything is changed", async () => {
    await using box = await machine();
    await withDatabase(box);
    const rewind = await rewinder(box);
    const source = await rewind.take({ databases: databases(box) });
    const open = new DatabaseSync(path(box));
    open.exec("PRAGMA journal_mode=WAL; INSERT INTO notes VALUES ('second')");
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "changed");
    const prepared = await rewind.plan(source, { withDatabases: true });
    expect(prepared.plan.warnings.join()).toContain("Gateway");
    await expect(rewind.apply(prepared)).rejects.toMatchObject({ code: "gateway-running" });
    expect(readFileSync(`${box.stateDir}/workspace/MEMORY.md`, "utf8")).toBe("changed");
    expect(rewind.saved.size).toBe(0);
    // Without databases it needs no stopped Gateway.
    await goBack(rewind, source);
    expect(readFileSync(`${box.stateDir}/workspace/MEMORY.md`, "utf8")).toBe("remember");
    open.close();
  });

  test("of a newer schema than the installed OpenClaw knows are refused", async () => {
    await using box = await machine();
    await withDatabase(box);
    const rewind = await rewinder(box);
    const source = await rewind.take({ databases: databases(box) });
    rmSync(path(box));
    const environment = withOpenClaw(box, 17);
    const prepared = await rewind.plan(source, { withDatabases: true }, { environment });
    await expect(rewind.apply(prepared)).rejects.toMatchObject({ code: "version-too-new" });
    expect(existsSync(path(box))).toBe(false);
  });

  test("that are not sound in the snapshot are refused", async () => {
    await using box = await machine();
    await withDatabase(box);
    const rewind = await rewinder(box);
    const bytes = readFileSync(path(box));
    writeFileSync(path(box), Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(4096, 7)]));
    const source = await rewind.take({ databases: databases(box) });
    writeFileSync(path(box), bytes);
    const before = stateOf(box);
    const prepared = await rewind.plan(source, { withDatabases: true });
    await expect(rewind.apply(prepared)).rejects.toMatchObject({ code: "data-corrupt" });
    expect(stateOf(box)).toEqual(before);
  });
});

describe("what was asked for", () => {
  test("may be paths of any class, there or not", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    writeFileSync(`${box.stateDir}/credentials/telegram.json`, "changed");
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "changed");
    writeTree(box.stateDir, tree({ other: dir({ new: dir({ "n.md": file("n") }) }) }));
    const only = ["credentials/", `${box.stateDir}/other/new/n.md`];
    const prepared = await rewind.plan(source, { only });
    expect(outlineOf(prepared)).toEqual([
      "M credentials/telegram.json (content, time)",
      "- other/new/n.md",
    ]);
    await rewind.apply(prepared);
    expect(readFileSync(`${box.stateDir}/workspace/MEMORY.md`, "utf8")).toBe("changed");
    expect(readdirSync(`${box.stateDir}/other/new`)).toEqual([]);
  });

  test.each([
    [{ only: ["workspace/nothing"] }, "path-not-found", "has nothing at"],
    [{ only: ["workspace/MEMORY.md", "nothing"] }, "path-not-found", "has nothing at"],
    [{ only: ["node_modules"] }, "path-not-found", "outside of what"],
    [{ only: ["../up"] }, "invalid-argument", "names no part"],
    [{ classes: ["databases"] }, "invalid-argument", "--with-databases"],
    [{ only: ["state"] }, "invalid-argument", "databases"],
  ])("is refused where it means nothing: %j", async (choice, code, message) => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    makeDatabase(`${box.stateDir}/state/openclaw.sqlite`);
    const rewind = await rewinder(box);
    const source = await rewind.take();
    mkdirSync(`${box.stateDir}/node_modules`);
    await expect(rewind.plan(source, choice)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test("is told when the snapshot does not cover it, and what is there stays", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const { facts } = (await rewind.take()).snapshot;
    const scope = { ...facts?.scope, full: false, classes: ["config", "skills"] };
    const omissions = [
      { path: `${box.stateDir}/skills/lost.md`, reason: "unreadable", detail: "" },
    ];
    const source = await rewind.take({ scope, omissions });
    writeTree(`${box.stateDir}/skills`, tree({ "lost.md": file("lost"), "new.md": file("new") }));
    writeFileSync(`${box.stateDir}/workspace/new.md`, "new");
    const prepared = await rewind.plan(source);
    expect(outlineOf(prepared)).toEqual(["- skills/new.md"]);
    expect(prepared.plan.warnings).toEqual([
      "the snapshot does not cover workspace: what is there now stays",
      "the snapshot lacks 1 path that could not be captured: what is there now stays",
    ]);
  });

  test("is refused of a snapshot that another tool made", async () => {
    await using box = await machine();
    const rewind = await rewinder(box);
    const source = await rewind.take();
    const foreign = { ...source, snapshot: { ...source.snapshot, facts: undefined } };
    await expect(rewind.plan(foreign)).rejects.toMatchObject({ code: "not-supported" });
  });

  test("is rolled back outside of the state directory, too", async () => {
    await using box = await machine();
    const work = box.join("user/work");
    writeTree(work, tree({ "w.md": file("work"), sub: dir({ "s.md": file("s") }) }));
    const roots = [
      { kind: "state", path: box.stateDir },
      { kind: "workspace", path: work },
    ];
    const rewind = await rewinder(box, roots);
    const source = await rewind.take();
    writeFileSync(`${work}/w.md`, "changed");
    rmSync(`${work}/sub`, { recursive: true });
    writeFileSync(`${box.stateDir}/workspace/MEMORY.md`, "changed");
    const report = await goBack(rewind, source);
    expect(contentOf(work)).toMatchObject({ "w.md": { body: "work" }, "sub/s.md": { body: "s" } });
    expect(report.plan.preRestore).toEqual([
      `${box.stateDir}.pre-restore-${STAMP}`,
      `${work}.pre-restore-${STAMP}`,
    ]);
  });
});
