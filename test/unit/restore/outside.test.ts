import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { planRestore } from "../../../lib/restore/index.ts";
import { contentOf, type Machine, machine } from "../../helpers/restore-machine.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";

/** An installation with a workspace beside its state directory, a skill directory elsewhere, and a config of its own. */
async function spread(): Promise<Machine & { readonly roots: ReturnType<typeof rootsOf> }> {
  const box = await machine();
  writeTree(box.join("user/work"), tree({ "w.md": file("old"), sub: dir({ x: file("x") }) }));
  writeTree(box.join("srv/skills"), tree({ "SKILL.md": file("skill") }));
  writeFileSync(box.join("user/config.json"), "{}");
  return { ...box, roots: rootsOf(box) };
}

function rootsOf(box: Machine) {
  return [
    { kind: "state" as const, path: box.stateDir },
    { kind: "workspace" as const, path: box.join("user/work") },
    { kind: "managed skill" as const, path: box.join("srv/skills") },
    { kind: "config" as const, path: box.join("user/config.json") },
  ];
}

describe("what lies outside the state directory", () => {
  test("is exchanged before it, each beside itself, and undone with it", async () => {
    await using box = await spread();
    const { roots } = box;
    const source = await box.backUp({ installation: { roots } });
    const before = contentOf(box.base.path);
    writeFileSync(box.join("user/work/w.md"), "newer");
    writeFileSync(box.join("user/work/more.md"), "more");
    writeFileSync(box.join("user/config.json"), '{ "newer": true }');
    rmSync(box.join("srv/skills"), { recursive: true });
    const broken = contentOf(box.base.path);
    const { plan } = await planRestore(box.plan(source));
    expect(plan.roots.map(({ to, exists }) => [to.slice(box.base.path.length), exists])).toEqual([
      ["/user/.openclaw", true],
      ["/user/work", true],
      ["/srv/skills", false],
      ["/user/config.json", true],
    ]);
    await box.restore(source);
    const after = contentOf(box.base.path);
    for (const path of ["user/work/w.md", "user/config.json", "srv/skills/SKILL.md"]) {
      expect(after[path], path).toEqual(before[path]);
    }
    expect(after["user/work/more.md"]).toBeUndefined();
    await box.undo();
    const undone = contentOf(box.base.path);
    for (const path of Object.keys(broken).filter((name) => !name.startsWith("home"))) {
      expect(undone[path], path).toEqual(broken[path]);
    }
    expect(undone["srv/skills"]).toBeUndefined();
  });

  test("is not in the plan of a part that lies elsewhere, nor are warnings of what is not restored", async () => {
    await using box = await spread();
    const { roots, stateDir } = box;
    mkdirSync(`${stateDir}/credentials/whatsapp`, { recursive: true });
    writeFileSync(`${stateDir}/credentials/whatsapp/creds.json`, "{}");
    const source = await box.backUp({ installation: { roots } });
    const planOf = async (only: string) =>
      (await planRestore(box.plan(source, { only: [only] }))).plan;
    const inState = await planOf("workspace/notes/a.md");
    expect(inState.roots.map(({ to }) => to)).toEqual([stateDir]);
    expect(inState.preRestore).toHaveLength(1);
    expect(inState.warnings).toEqual([]);
    const outside = await planOf(box.join("user/work/w.md"));
    expect(outside.roots.map(({ to }) => to)).toEqual([box.join("user/work")]);
    expect((await planOf("credentials")).warnings).toEqual([expect.stringContaining("WhatsApp")]);
  });

  test("keeps its place beside the state directory when that is another one here", async () => {
    await using box = await spread();
    const { roots } = box;
    const source = await box.backUp({ installation: { roots } });
    const there = box.join("other/.openclaw");
    const options = { stateDir: there, installation: undefined };
    const { plan } = await planRestore(box.plan(source, options));
    expect(plan.roots.map(({ to }) => to)).toEqual([
      there,
      ...[box.join("other/work"), box.join("srv/skills"), box.join("other/config.json")],
    ]);
    expect(plan.warnings.join()).toContain("absolute paths in the config and in cron jobs");
    await box.restore(source, options);
    expect(readFileSync(box.join("other/work/w.md"), "utf8")).toBe("old");
    expect(readdirSync(box.join("other")).sort()).toEqual([".openclaw", "config.json", "work"]);
  });

  test("is not restored over Clawback's own home", async () => {
    await using box = await spread();
    const roots = [...box.roots, { kind: "extra" as const, path: box.join("home/tmp") }];
    writeFileSync(box.join("home/tmp/x"), "x");
    mkdirSync(box.join("scratch"));
    const setting = { ownPaths: [], temporaryDirectory: box.join("scratch") };
    const source = await box.backUp({ installation: { roots }, setting });
    const { plan } = await planRestore(box.plan(source));
    expect(plan.warnings.join()).toContain("Clawback's home lies there");
    expect(plan.roots.map(({ to }) => to)).not.toContain(box.join("home/tmp"));
  });
});
