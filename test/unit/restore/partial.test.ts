import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

describe.each(["known", "unknown"])("a part of a backup whose list is %s", (knowledge) => {
  const prepare = (source: Parameters<typeof asFile>[0]) =>
    knowledge === "known" ? source : asFile(source);

  test("named by path replaces just that, and what was there is kept beside", async () => {
    await using box = await machine();
    const source = prepare(await box.backUp());
    for (const name of ["workspace/notes/a.md", "workspace/notes/b.md", "openclaw.json"]) {
      writeFileSync(`${box.stateDir}/${name}`, "broken");
    }
    writeFileSync(`${box.stateDir}/workspace/notes/new.md`, "new");
    const report = await box.restore(source, { only: ["workspace/notes/a.md"] });
    const at = (path: string) => readFileSync(`${box.stateDir}/${path}`, "utf8");
    expect(at("workspace/notes/a.md")).toBe("a");
    expect(at("workspace/notes/b.md")).toBe("broken");
    expect(at("workspace/notes/new.md")).toBe("new");
    expect(at("openclaw.json")).toBe("broken");
    expect(report.plan.mode).toBe("partial");
    expect(report.restored).toEqual({ files: 1, bytes: 1 });
    expect(contentOf(report.preRestore ?? "")).toMatchObject({
      "workspace/notes/a.md": { body: "broken" },
    });
  });

  test("named by class, or by an absolute path of a directory, brings back what is missing there", async () => {
    await using box = await machine();
    const source = prepare(await box.backUp());
    rmSync(`${box.stateDir}/skills`, { recursive: true });
    rmSync(`${box.stateDir}/workspace/notes`, { recursive: true });
    await box.restore(source, { classes: ["skills"], only: [`${box.stateDir}/workspace/notes/`] });
    expect(readdirSync(`${box.stateDir}/skills/demo`)).toEqual(["SKILL.md"]);
    expect(readdirSync(`${box.stateDir}/workspace/notes`)).toEqual(["a.md", "b.md"]);
  });

  test("that it does not hold is refused, and nothing is left behind", async () => {
    await using box = await machine();
    const source = prepare(await box.backUp());
    const before = contentOf(box.base.path);
    await expect(box.restore(source, { only: ["workspace/nothing"] })).rejects.toMatchObject({
      code: "path-not-found",
    });
    expect(readdirSync(box.join("user"))).toEqual([".openclaw"]);
    expect(contentOf(box.stateDir)).toEqual(
      Object.fromEntries(
        Object.entries(before)
          .filter(([path]) => path.startsWith("user/.openclaw/"))
          .map(([path, entry]) => [path.slice("user/.openclaw/".length), entry]),
      ),
    );
  });

  test("undone is as it was before, and undone again is restored", async () => {
    await using box = await machine();
    const source = prepare(await box.backUp());
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
    rmSync(`${box.stateDir}/workspace/notes/b.md`);
    const before = contentOf(box.stateDir);
    await box.restore(source, { only: ["workspace"] });
    const after = contentOf(box.stateDir);
    expect(after).not.toEqual(before);
    const undone = await box.undo();
    expect(contentOf(box.stateDir)).toEqual(before);
    expect(listPreRestore(box).map(({ id }) => id)).toEqual([undone.preRestore.id]);
    await box.undo();
    expect(contentOf(box.stateDir)).toEqual(after);
    expect(readdirSync(box.join("user")).filter((name) => name.includes("stage"))).toEqual([]);
  });
});

test("a backup of limited scope never replaces the whole tree", async () => {
  await using box = await machine();
  const source = await box.backUp({ scope: { onlyConfig: true } });
  writeFileSync(`${box.stateDir}/workspace/notes/new.md`, "new");
  writeFileSync(`${box.stateDir}/skills/demo/SKILL.md`, "broken");
  const known = await box.restore(source);
  expect(known.plan.mode).toBe("partial");
  expect(readFileSync(`${box.stateDir}/skills/demo/SKILL.md`, "utf8")).toBe("demo");
  expect(readdirSync(`${box.stateDir}/workspace/notes`)).toContain("new.md");
});

test("a file of limited scope, planned as a whole, turns out to be a part", async () => {
  await using box = await machine();
  const source = asFile(await box.backUp({ scope: { onlyConfig: true } }));
  const { plan } = await planRestore(box.plan(source));
  expect(plan.mode).toBe("in-place");
  const report = await box.restore(source);
  expect(report.plan.mode).toBe("partial");
  expect(readdirSync(`${box.stateDir}/workspace/notes`)).toEqual(["a.md", "b.md"]);
});

test("files that are the same already are not touched", async () => {
  await using box = await machine();
  const source = await box.backUp();
  writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
  const report = await box.restore(source, { only: ["workspace/notes"] });
  expect(Object.keys(contentOf(report.preRestore ?? ""))).toEqual([
    "workspace",
    "workspace/notes",
    "workspace/notes/a.md",
  ]);
});

test("what changed its type is exchanged as it is, and no link is followed", async () => {
  await using box = await machine();
  const source = await box.backUp();
  rmSync(`${box.stateDir}/workspace/notes`, { recursive: true });
  mkdirSync(box.join("elsewhere"));
  symlinkSync(box.join("elsewhere"), `${box.stateDir}/workspace/notes`);
  rmSync(`${box.stateDir}/workspace/latest`);
  mkdirSync(`${box.stateDir}/workspace/latest`);
  writeFileSync(`${box.stateDir}/workspace/latest/file`, "in a directory");
  const before = contentOf(box.stateDir);
  await box.restore(source, { only: ["workspace"] });
  expect(readdirSync(box.join("elsewhere"))).toEqual([]);
  expect(readdirSync(`${box.stateDir}/workspace/notes`)).toEqual(["a.md", "b.md"]);
  expect(contentOf(box.stateDir)["workspace/latest"]).toEqual({
    type: "symlink",
    target: "notes/a.md",
  });
  await box.undo();
  expect(contentOf(box.stateDir)).toEqual(before);
});

test("a database that is replaced loses the log of the former one, which undo brings back", async () => {
  await using box = await machine();
  mkdirSync(`${box.stateDir}/state`);
  const path = `${box.stateDir}/state/openclaw.sqlite`;
  makeDatabase(path);
  const source = await box.backUp();
  rmSync(path);
  makeDatabase(path, { note: "newer" });
  writeFileSync(`${path}-wal`, "log of the newer one");
  await box.restore(source, { classes: ["databases"] });
  expect(readdirSync(`${box.stateDir}/state`)).toEqual(["openclaw.sqlite"]);
  expect(noteIn(path)).toBe("first");
  await box.undo();
  expect(readdirSync(`${box.stateDir}/state`)).toEqual(["openclaw.sqlite", "openclaw.sqlite-wal"]);
  expect(readFileSync(`${path}-wal`, "utf8")).toBe("log of the newer one");
});

test("a degraded backup replaces only what it holds", async () => {
  await using box = await machine();
  mkdirSync(`${box.stateDir}/state`);
  const path = `${box.stateDir}/state/openclaw.sqlite`;
  makeDatabase(path);
  const { DatabaseSync } = await import("node:sqlite");
  const holder = new DatabaseSync(path);
  holder.exec("BEGIN EXCLUSIVE");
  const source = await box.backUp({ setting: { onLocked: "skip" } });
  holder.close();
  expect(source.backup?.degraded).toBe(true);
  writeFileSync(`${box.stateDir}/workspace/new.md`, "new");
  const { plan } = await planRestore(box.plan(source));
  expect(plan.mode).toBe("partial");
  expect(plan.warnings.join()).toContain("degraded");
  await box.restore(source);
  expect(noteIn(path)).toBe("first");
  expect(readdirSync(`${box.stateDir}/workspace`)).toContain("new.md");
  expect(readdirSync(box.join("user"))).toEqual([
    ".openclaw",
    ...(listPreRestore(box).length > 0 ? [`.openclaw.pre-restore-${STAMP}`] : []),
  ]);
}, 30_000);
