import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listPreRestore, planRestore } from "../../../lib/restore/index.ts";
import { asFile, contentOf, machine } from "../../helpers/restore-machine.ts";
import { dir, file, writeTree } from "../../helpers/tree.ts";

test.each(["known", "unknown"])(
  "a restore elsewhere fills a new directory as if it were the user's, of a backup that is %s",
  async (knowledge) => {
    await using box = await machine();
    writeTree(box.join("srv"), { docs: dir({ "d.md": file("docs") }) });
    writeTree(box.join("user/work"), { "w.md": file("work") });
    const roots = [
      { kind: "state", path: box.stateDir },
      { kind: "workspace", path: box.join("user/work") },
      { kind: "extra", path: box.join("srv/docs") },
    ] as const;
    const source = await box.backUp({ installation: { roots } });
    const before = contentOf(box.base.path);
    const target = box.join("new/deep/target");
    const report = await box.restore(knowledge === "known" ? source : asFile(source), { target });
    expect(contentOf(`${target}/.openclaw`)).toEqual(contentOf(box.stateDir));
    expect(contentOf(`${target}/work`)).toEqual(contentOf(box.join("user/work")));
    expect(contentOf(`${target}${box.join("srv/docs")}`)).toEqual(contentOf(box.join("srv/docs")));
    expect(readdirSync(target).sort()).toEqual(
      [".openclaw", box.base.path.split("/")[1], "work"].sort(),
    );
    expect(report.plan.mode).toBe("elsewhere");
    expect(report.preRestore).toBeNull();
    const after = contentOf(box.base.path);
    for (const [path, entry] of Object.entries(before)) expect(after[path]).toEqual(entry);
    expect(listPreRestore(box)).toEqual([]);
    expect(readdirSync(box.join("home/restore"))).toEqual([]);
  },
);

test("a directory that exists and is empty keeps its own mode, and a link to one is followed", async () => {
  await using box = await machine();
  mkdirSync(box.join("empty"), { mode: 0o750 });
  symlinkSync(box.join("empty"), box.join("link"));
  const source = await box.backUp();
  await box.restore(source, { target: box.join("link") });
  expect(contentOf(box.join("empty/.openclaw"))).toEqual(contentOf(box.stateDir));
  expect(contentOf(box.base.path).empty).toEqual({ type: "dir", mode: 0o750 });
  expect(readdirSync(box.join("empty"))).toEqual([".openclaw"]);
});

test.each([
  ["that is not empty", "target-not-empty", "user"],
  ["that is a file", "target-not-empty", "user/.openclaw.file"],
  ["inside Clawback's home", "policy-refused", "home/there"],
  ["around Clawback's home", "policy-refused", ""],
  ["inside the live state directory", "policy-refused", "user/.openclaw/there"],
])("a target %s is refused with %s", async (_, code, path) => {
  await using box = await machine();
  writeFileSync(box.join("user/.openclaw.file"), "");
  const source = await box.backUp();
  const before = contentOf(box.base.path);
  const options = box.plan(source, { target: path === "" ? box.base.path : box.join(path) });
  await expect(planRestore(options)).rejects.toMatchObject({ code });
  expect(contentOf(box.base.path)).toEqual(before);
});

test("a part can be restored elsewhere", async () => {
  await using box = await machine();
  const source = await box.backUp();
  const target = box.join("part");
  const report = await box.restore(source, { target, only: ["workspace/notes"] });
  expect(Object.keys(contentOf(target))).toEqual([
    ...[".openclaw", ".openclaw/workspace", ".openclaw/workspace/notes"],
    ...[".openclaw/workspace/notes/a.md", ".openclaw/workspace/notes/b.md"],
  ]);
  expect(report.restored.files).toBe(2);
});
