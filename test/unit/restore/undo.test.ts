import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  listPreRestore,
  recoverInterrupted,
  removePreRestore,
  undoRestore,
} from "../../../lib/restore/index.ts";
import { contentOf, machine, NOW, STAMP } from "../../helpers/restore-machine.ts";
import { dir, file, readTree, tree, writeTree } from "../../helpers/tree.ts";

test("undo brings the former state back, undo again the restored one, and so on", async () => {
  await using box = await machine();
  writeTree(box.stateDir, tree({ npm: dir({ "a.js": file("npm") }) }));
  const source = await box.backUp();
  writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
  const broken = contentOf(box.stateDir);
  await box.restore(source);
  const restored = contentOf(box.stateDir);
  for (let turn = 0; turn < 3; turn++) {
    const undone = await box.undo();
    expect(contentOf(box.stateDir)).toEqual(broken);
    expect(undone.restored.paths).toHaveLength(1);
    await box.undo();
    expect(contentOf(box.stateDir)).toEqual(restored);
  }
  expect(listPreRestore(box)).toHaveLength(1);
  expect(readdirSync(box.join("user"))).toHaveLength(2);
});

test("after undo even the directories are as old as before", async () => {
  await using box = await machine();
  const modules = dir({ "index.js": file("x") });
  writeTree(`${box.stateDir}/skills/demo`, tree({ node_modules: modules }));
  const source = await box.backUp();
  writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
  const before = readTree(box.join("user"));
  await box.restore(source);
  await box.undo();
  const after = Object.entries(readTree(box.join("user")));
  const isHere = ([path]: [string, unknown]) =>
    path !== ".openclaw" && !path.includes("pre-restore");
  expect(after.filter(isHere)).toEqual(Object.entries(before).filter(isHere));
  expect(after.find(([path]) => path === ".openclaw")).toEqual([".openclaw", before[".openclaw"]]);
});

test("undo takes the newest of several, also when the clock has been set back", async () => {
  await using box = await machine();
  const source = await box.backUp();
  for (const [n, day] of [
    [1, 3],
    [2, 1],
    [3, 2],
  ] as const) {
    writeFileSync(`${box.stateDir}/workspace/turn`, String(n));
    await box.restore(source, { now: new Date(NOW.getTime() + day * 86_400_000) });
  }
  const states = listPreRestore(box);
  expect(states.map(({ id }) => id)).toEqual([
    "20261124T030000Z-3",
    "20261124T030000Z-2",
    "20261124T030000Z",
  ]);
  await box.undo();
  expect(contentOf(box.stateDir)["workspace/turn"]).toMatchObject({ body: "3" });
});

test("undo without anything to undo says so", async () => {
  await using box = await machine();
  await expect(box.undo()).rejects.toMatchObject({ code: "path-not-found" });
  expect(readdirSync(box.join("home/restore"))).toEqual([]);
});

test("what is carried over follows both ways, also what has changed meanwhile", async () => {
  await using box = await machine();
  writeTree(
    box.stateDir,
    tree({ npm: dir({ "a.js": file("npm") }), tools: dir({ t: file("t") }) }),
  );
  const source = await box.backUp();
  await box.restore(source);
  writeFileSync(`${box.stateDir}/npm/new.js`, "installed after the restore");
  rmSync(`${box.stateDir}/tools`, { recursive: true });
  await box.undo();
  expect(readdirSync(`${box.stateDir}/npm`)).toEqual(["a.js", "new.js"]);
  expect(readdirSync(box.stateDir)).not.toContain("tools");
});

test("a former state of which something is gone is not brought back in part", async () => {
  await using box = await machine();
  writeTree(box.join("user/work"), tree({ w: file("w") }));
  const roots = [
    { kind: "state", path: box.stateDir },
    { kind: "workspace", path: box.join("user/work") },
  ] as const;
  const source = await box.backUp({ installation: { roots } });
  await box.restore(source);
  rmSync(box.join(`user/work.pre-restore-${STAMP}`), { recursive: true });
  const before = contentOf(box.join("user"));
  await expect(box.undo()).rejects.toMatchObject({ code: "path-not-found" });
  expect(contentOf(box.join("user"))).toEqual(before);
});

test("pre-restore states are listed with their sizes, of this installation only, and removed for good", async () => {
  await using box = await machine();
  const source = await box.backUp();
  await box.restore(source);
  const others = box.join("user/other");
  mkdirSync(others);
  await undoRestore({ home: box.home, stateDir: others, installation: undefined, now: NOW }).catch(
    () => undefined,
  );
  expect(listPreRestore({ home: box.home, stateDir: others })).toEqual([]);
  const [state] = listPreRestore({ ...box, measure: true });
  expect(state).toMatchObject({ id: STAMP, createdAt: NOW.toISOString(), canUndo: true });
  expect(state?.sizeBytes).toBeGreaterThan(50);
  await removePreRestore(box.home, state === undefined ? [] : [state]);
  expect(listPreRestore(box)).toEqual([]);
  expect(readdirSync(box.join("user")).sort()).toEqual([".openclaw", "other"]);
  expect(readdirSync(box.join("home/restore"))).toEqual([]);
});

test("a tree whose description is lost is listed, and cannot be undone", async () => {
  await using box = await machine();
  await box.restore(await box.backUp());
  rmSync(box.join(`home/restore/pre-restore-${STAMP}.json`));
  expect(listPreRestore(box)).toMatchObject([
    {
      id: STAMP,
      canUndo: false,
      createdAt: NOW.toISOString(),
      paths: [`${box.stateDir}.pre-restore-${STAMP}`],
    },
  ]);
  await expect(box.undo()).rejects.toMatchObject({ code: "path-not-found" });
});

test("a description that is damaged hides no other", async () => {
  await using box = await machine();
  const source = await box.backUp();
  await box.restore(source);
  await box.restore(source);
  writeFileSync(box.join(`home/restore/pre-restore-${STAMP}-2.json`), "{");
  expect(listPreRestore(box).map(({ id, canUndo }) => [id, canUndo])).toEqual([
    [`${STAMP}-2`, false],
    [STAMP, true],
  ]);
});

test("an interrupted restore that nothing can be made of is told, and keeps no command from working", async () => {
  await using box = await machine();
  const source = await box.backUp();
  mkdirSync(box.join("home/restore"));
  writeFileSync(box.join("home/restore/journal.json"), "{");
  const [said] = await recoverInterrupted(box.home);
  expect(said).toMatch(/^an interrupted restore waits: journal .* is damaged; /);
  await expect(box.restore(source)).rejects.toMatchObject({ code: "data-corrupt" });
  await expect(box.undo()).rejects.toMatchObject({ code: "data-corrupt" });
});
