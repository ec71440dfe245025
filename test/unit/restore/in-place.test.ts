import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { listPreRestore, planRestore } from "../../../lib/restore/index.ts";
import {
  asFile,
  contentOf,
  machine,
  makeDatabase,
  noteIn,
  STAMP,
} from "../../helpers/restore-machine.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";

const REPORT = { "workspace/.restore-complete.json": "report" };

describe("a full backup in place", () => {
  test("replaces the whole tree, byte by byte, and the former one is kept", async () => {
    await using box = await machine();
    const before = contentOf(box.stateDir);
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
    writeFileSync(`${box.stateDir}/workspace/notes/new.md`, "new");
    rmSync(`${box.stateDir}/skills`, { recursive: true });
    const broken = contentOf(box.stateDir);
    const report = await box.restore(source);
    const kept = `${box.stateDir}.pre-restore-${STAMP}`;
    expect(contentOf(box.stateDir)).toEqual({ ...before, ...REPORT });
    expect(contentOf(kept)).toEqual(broken);
    expect(report).toMatchObject({ preRestore: kept, target: box.stateDir });
    expect(report.restored).toEqual({ files: 7, bytes: expect.any(Number) });
  });

  test("leaves nothing but the two trees and a description in the home", async () => {
    await using box = await machine();
    await box.restore(await box.backUp());
    expect(readdirSync(box.join("user")).sort()).toEqual([
      ".openclaw",
      `.openclaw.pre-restore-${STAMP}`,
    ]);
    expect(readdirSync(box.join("home/restore"))).toEqual([`pre-restore-${STAMP}.json`]);
  });

  test("works on an empty machine, where nothing is kept", async () => {
    await using box = await machine();
    const before = contentOf(box.stateDir);
    const source = await box.backUp();
    rmSync(box.join("user"), { recursive: true });
    const report = await box.restore(source, { installation: undefined });
    expect(contentOf(box.stateDir)).toEqual({ ...before, ...REPORT });
    expect(report.preRestore).toBeNull();
    expect(listPreRestore(box)).toEqual([]);
  });

  test("from a file of which nothing is known is the same, nanoseconds cut to microseconds included", async () => {
    await using box = await machine();
    const before = contentOf(box.stateDir);
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
    const report = await box.restore(asFile(source));
    expect(contentOf(box.stateDir)).toEqual({ ...before, ...REPORT });
    expect(report.warnings[0]).toContain("nothing authenticates this archive");
    expect(report.plan.changed.examples).toContainEqual({
      path: `${box.stateDir}/workspace/notes/a.md`,
      sizeBytes: 1,
    });
  });

  test("keeps a state directory that is a link, and keeps the former tree where it really was", async () => {
    await using box = await machine({ stateDir: "disk/data" });
    mkdirSync(box.join("user"));
    symlinkSync(box.stateDir, box.join("user/.openclaw"));
    const before = contentOf(box.stateDir);
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/openclaw.json`, "{}");
    const report = await box.restore(source, {
      stateDir: box.join("user/.openclaw"),
      overwriteGatewayToken: true,
    });
    expect(contentOf(box.stateDir)).toEqual({ ...before, ...REPORT });
    expect(readdirSync(box.join("user"))).toEqual([".openclaw"]);
    expect(report.preRestore).toBe(`${box.stateDir}.pre-restore-${STAMP}`);
    expect(listPreRestore({ home: box.home, stateDir: box.join("user/.openclaw") })).toHaveLength(
      1,
    );
  });
});

describe("the plan", () => {
  test("counts what is added, changed, removed and kept, and is the one that is carried out", async () => {
    await using box = await machine();
    writeTree(`${box.stateDir}/npm`, tree({ module: dir({ "index.js": file("12345") }) }));
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "changed");
    rmSync(`${box.stateDir}/skills`, { recursive: true });
    writeFileSync(`${box.stateDir}/workspace/new.md`, "new");
    const { plan } = await planRestore(box.plan(source));
    const at = (path: string) => `${box.stateDir}/${path}`;
    expect(plan).toMatchObject({
      mode: "in-place",
      exact: true,
      target: box.stateDir,
      added: { count: 1, bytes: 4, examples: [{ path: at("skills/demo/SKILL.md"), sizeBytes: 4 }] },
      changed: { count: 1, examples: [{ path: at("workspace/notes/a.md") }] },
      removed: { count: 1, bytes: 3, examples: [{ path: at("workspace/new.md"), sizeBytes: 3 }] },
      kept: { count: 1, bytes: 5, examples: [{ path: at("npm/module/index.js") }] },
      preRestore: [`${box.stateDir}.pre-restore-${STAMP}`],
    });
    const report = await box.restore(source);
    expect(report.plan).toMatchObject({
      ...plan,
      warnings: expect.anything(),
      bytesAvailable: expect.any(Number),
      added: { count: 2 },
    });
  });

  test("is plain data and changes nothing", async () => {
    await using box = await machine();
    const source = await box.backUp();
    const before = contentOf(box.base.path);
    const { plan } = await planRestore(box.plan(source));
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(contentOf(box.base.path)).toEqual(before);
  });

  test("that no longer fits what is there is refused, and nothing has changed", async () => {
    await using box = await machine();
    const { applyRestore } = await import("../../../lib/restore/index.ts");
    const source = await box.backUp();
    const prepared = await planRestore(box.plan(source));
    await box.restore(source);
    const between = contentOf(box.base.path);
    await expect(applyRestore(prepared)).rejects.toMatchObject({ code: "plan-outdated" });
    expect(contentOf(box.base.path)).toEqual(between);
  });
});

describe("what the backup leaves out on purpose", () => {
  test("stays: installed modules, logs and what the backup's own rules exclude", async () => {
    await using box = await machine();
    const extra = tree({
      npm: dir({ "a.js": file("npm") }),
      tools: dir({ bin: file("tool") }),
      git: dir({ checkout: file("git") }),
      dev: dir({ checkout: file("dev") }),
      logs: dir({ "gateway.log": file("log") }),
      tmp: dir({ scratch: file("tmp") }),
      cache: dir({ "control-ui-assets": dir({ asset: file("cache") }) }),
    });
    writeTree(box.stateDir, extra);
    writeTree(`${box.stateDir}/workspace`, {
      node_modules: dir({ "index.js": file("modules") }),
      ".venv": dir({ python: file("venv") }),
      "film.mp4": file("film"),
    });
    const rules = { excluded_folders: [".venv"], excluded_extensions: ["mp4"] };
    const source = await box.backUp({ setting: { file: rules } });
    const report = await box.restore(source);
    const now = Object.keys(contentOf(box.stateDir));
    for (const path of [
      ...["npm/a.js", "tools/bin", "git/checkout", "dev/checkout", "logs/gateway.log"],
      ...["workspace/node_modules/index.js", "workspace/.venv/python", "workspace/film.mp4"],
    ]) {
      expect(now).toContain(path);
    }
    expect(now).not.toContain("tmp");
    expect(now).not.toContain("cache/control-ui-assets");
    expect(Object.keys(contentOf(report.preRestore ?? ""))).toContain("tmp/scratch");
    expect(report.plan.kept.count).toBe(8);
    await box.undo();
    expect(readdirSync(box.stateDir).sort()).toEqual([
      ...["cache", "credentials", "dev", "git", "logs", "npm", "openclaw.json", "skills", "tmp"],
      ...["tools", "workspace"],
    ]);
  });

  test("is not brought along into a directory that the backup does not have", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeTree(`${box.stateDir}/skills/later`, { node_modules: dir({ "index.js": file("x") }) });
    await box.restore(source);
    expect(readdirSync(`${box.stateDir}/skills`)).toEqual(["demo"]);
  });
});

describe("databases", () => {
  test("come back without the log that the live one left behind", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    const path = `${box.stateDir}/state/openclaw.sqlite`;
    makeDatabase(path);
    const source = await box.backUp();
    writeFileSync(`${path}-wal`, "stale");
    writeFileSync(`${path}-shm`, "stale");
    const report = await box.restore(source);
    expect(readdirSync(`${box.stateDir}/state`)).toEqual(["openclaw.sqlite"]);
    expect(noteIn(path)).toBe("first");
    expect(readdirSync(`${report.preRestore}/state`)).toHaveLength(3);
  });

  test("that could not be captured keep their live copy, log and all", async () => {
    await using box = await machine();
    const path = `${box.stateDir}/workspace/notes.sqlite`;
    makeDatabase(path);
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN EXCLUSIVE");
    const source = await box.backUp({ setting: { onLocked: "skip" } });
    holder.exec("ROLLBACK; PRAGMA journal_mode=WAL; INSERT INTO notes VALUES ('newest')");
    expect(source.backup?.omissions).toBe(1);
    const copyOfLog = readFileSync(`${path}-wal`);
    holder.close();
    writeFileSync(`${path}-wal`, copyOfLog);
    const { plan } = await planRestore(box.plan(source));
    expect(plan.databases).toEqual([{ path, sizeBytes: expect.any(Number), action: "keep-live" }]);
    expect(plan.warnings.join()).toContain("what is there now stays");
    await box.restore(source);
    expect(readdirSync(`${box.stateDir}/workspace`)).toContain("notes.sqlite-wal");
    expect(noteIn(path)).toBe("newest");
  }, 30_000);
});

describe("a directory storage in the state directory", () => {
  test("stays where it is", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeTree(`${box.stateDir}/backups`, tree({ "clawback.json": file("{}") }));
    await box.restore(source, { ownPaths: [`${box.stateDir}/backups/`] });
    expect(readdirSync(`${box.stateDir}/backups`)).toEqual(["clawback.json"]);
  });

  test("for which the backup has no place is a reason to refuse", async () => {
    await using box = await machine();
    const source = await box.backUp();
    const own = `${box.stateDir}/later/backups`;
    mkdirSync(own, { recursive: true });
    const before = contentOf(box.stateDir);
    await expect(box.restore(source, { ownPaths: [own] })).rejects.toMatchObject({
      code: "policy-refused",
    });
    expect(contentOf(box.stateDir)).toEqual(before);
  });
});
