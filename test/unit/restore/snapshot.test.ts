import { linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  encodeTree,
  type Node,
  type Repository,
  sortNodes,
} from "../../../lib/repository/index.ts";
import { applyRestore, planRestore, type SnapshotFacts } from "../../../lib/restore/index.ts";
import type { MemoryStorage } from "../../../lib/storage/index.ts";
import { initTestRepository } from "../../helpers/repository.ts";
import {
  contentOf,
  type Machine,
  machine,
  makeDatabase,
  noteIn,
} from "../../helpers/restore-machine.ts";
import { snapshotFacts, snapshotSource, storeTree } from "../../helpers/snapshots.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";
import { dirNode, fileNode } from "../../helpers/tree-nodes.ts";

interface Stored {
  readonly repository: Repository;
  readonly tree: string;
}

/** Stores what the machine has now. */
async function store(box: Machine, roots: readonly string[] = [box.stateDir]): Promise<Stored> {
  const repository = await initTestRepository();
  const { snapshot } = await storeTree(repository, roots);
  return { repository, tree: snapshot.tree };
}

const ours = (
  { repository, tree: root }: Stored,
  box: Machine,
  facts: Partial<SnapshotFacts> = {},
) => snapshotSource(repository, root, snapshotFacts(box.stateDir, facts));

const foreign = ({ repository, tree: root }: Stored) => snapshotSource(repository, root, undefined);

async function restore(box: Machine, source: Awaited<ReturnType<typeof ours>>, more = {}) {
  return await applyRestore(await planRestore({ ...box.plan(source as never), ...more }));
}

const TOKEN = '{ "gateway": { "auth": { "mode": "token", "token": "backed-up" } } }\n';

describe("a snapshot of ours", () => {
  test("replaces the whole state directory, carries over what is out of its scope, and can be undone", async () => {
    await using box = await machine();
    mkdirSync(box.join("user/.openclaw/state"));
    makeDatabase(box.join("user/.openclaw/state/openclaw.sqlite"));
    linkSync(`${box.stateDir}/workspace/MEMORY.md`, `${box.stateDir}/workspace/same.md`);
    const before = contentOf(box.stateDir);
    const stored = await store(box);
    writeTree(box.stateDir, tree({ npm: dir({ "a.js": file("npm") }), new: file("later") }));
    rmSync(`${box.stateDir}/skills`, { recursive: true });
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "changed");
    const changed = contentOf(box.stateDir);
    const report = await restore(box, await ours(stored, box));
    const {
      "npm/a.js": _a,
      npm: _n,
      "workspace/.restore-complete.json": _r,
      ...now
    } = contentOf(box.stateDir);
    expect(now).toEqual(before);
    expect(contentOf(box.stateDir)["npm/a.js"]).toMatchObject({ body: "npm" });
    expect(statSync(`${box.stateDir}/workspace/same.md`).nlink).toBe(2);
    expect(noteIn(`${box.stateDir}/state/openclaw.sqlite`)).toBe("first");
    expect(report.plan).toMatchObject({
      mode: "in-place",
      exact: true,
      source: "snapshot 3f2a91c0 in storage memory",
      removed: { count: 1 },
      databases: [{ action: "restore" }],
    });
    expect(report.restored.files).toBe(9);
    await box.undo();
    expect(contentOf(box.stateDir)).toEqual(changed);
  });

  test("keeps this host's gateway token, as an archive does", async () => {
    await using box = await machine();
    const stored = await store(box);
    writeFileSync(`${box.stateDir}/openclaw.json`, TOKEN.replace("backed-up", "of this host"));
    await restore(box, await ours(stored, box));
    expect(contentOf(box.stateDir)["openclaw.json"]).toMatchObject({
      body: TOKEN.replace("backed-up", "of this host"),
    });
  });

  test.each([
    [{ only: ["workspace/notes"] }, ["workspace/notes/a.md", "workspace/notes/b.md"]],
    [{ classes: ["skills"] }, ["skills/demo/SKILL.md"]],
  ])("brings back a part of it: %j", async (choice, paths) => {
    await using box = await machine();
    const stored = await store(box);
    for (const path of ["workspace/notes/a.md", "workspace/notes/b.md", "skills/demo/SKILL.md"]) {
      writeFileSync(`${box.stateDir}/${path}`, "changed");
    }
    const report = await restore(box, await ours(stored, box), choice);
    expect(report.plan.mode).toBe("partial");
    const restored = Object.entries(contentOf(box.stateDir)).filter(([, entry]) =>
      ["a", "b", "demo"].includes((entry as { body?: string }).body ?? ""),
    );
    expect(restored.map(([path]) => path)).toEqual(paths);
  });

  test("goes elsewhere whole, with what lay beside the state directory", async () => {
    await using box = await machine();
    const work = box.join("user/work");
    writeTree(work, tree({ "w.md": file("work", { mode: 0o640 }) }));
    const stored = await store(box, [box.stateDir, work]);
    const assets = [
      { kind: "state", sourcePath: box.stateDir },
      { kind: "workspace", sourcePath: work },
    ];
    const target = box.join("elsewhere");
    const report = await restore(box, await ours(stored, box, { assets }), { target });
    expect(contentOf(`${target}/.openclaw`)).toEqual(contentOf(box.stateDir));
    expect(contentOf(`${target}/work`)).toEqual(contentOf(work));
    expect(readdirSync(target).sort()).toEqual([".openclaw", "work"]);
    expect(report.plan.mode).toBe("elsewhere");
  });

  test("that is not full replaces only what it holds, and one with an omitted database keeps the live one", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    const stored = await store(box);
    makeDatabase(`${box.stateDir}/state/openclaw.sqlite`, { note: "live" });
    writeFileSync(`${box.stateDir}/later`, "later");
    const database = `${box.stateDir}/state/openclaw.sqlite`;
    const omissions = [{ path: database, reason: "locked", detail: "" }];
    const report = await restore(box, await ours(stored, box, { omissions }));
    expect(report.plan.mode).toBe("partial");
    expect(noteIn(database)).toBe("live");
    expect(readdirSync(box.stateDir)).toContain("later");
    expect(report.warnings.join()).toContain("is not in the backup (locked)");
  });
});

describe("a snapshot that another tool made", () => {
  test("is refused whole, in place", async () => {
    await using box = await machine();
    const stored = await store(box);
    await expect(restore(box, await foreign(stored))).rejects.toMatchObject({
      code: "not-supported",
      hint: expect.stringContaining("--target"),
    });
  });

  test("goes elsewhere by its own paths", async () => {
    await using box = await machine();
    const stored = await store(box);
    const target = box.join("elsewhere");
    await restore(box, await foreign(stored), { target });
    expect(contentOf(`${target}${box.stateDir}`)).toEqual(contentOf(box.stateDir));
  });

  test.each([
    ["relative to the state directory", () => "workspace/notes/a.md"],
    ["by its absolute path", (box: Machine) => `${box.stateDir}/workspace/notes/a.md`],
  ])("brings back a file that is named %s", async (_, name) => {
    await using box = await machine();
    const stored = await store(box);
    for (const each of ["a", "b"]) {
      writeFileSync(`${box.stateDir}/workspace/notes/${each}.md`, "changed");
    }
    await restore(box, await foreign(stored), { only: [name(box)] });
    expect(contentOf(`${box.stateDir}/workspace/notes`)).toMatchObject({
      "a.md": { body: "a" },
      "b.md": { body: "changed" },
    });
  });
});

test.each(["missing", "damaged"])(
  "a pack that is %s stops the restore, names file and pack, and changes nothing",
  async (how) => {
    await using box = await machine();
    writeFileSync(`${box.stateDir}/workspace/large`, Buffer.alloc(250_000, "0123456789"));
    const stored = await store(box);
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "changed");
    const before = contentOf(box.base.path);
    const source = await ours(stored, box);
    const storage = stored.repository.storage as MemoryStorage;
    const index = await stored.repository.loadIndex();
    for (const { packId, blobs } of index.packs()) {
      if (blobs[0]?.type !== "data") continue;
      const key = `data/${packId.slice(0, 2)}/${packId}`;
      const bytes = Buffer.from(await storage.get(key, 2 ** 30));
      await storage.delete(key);
      if (how === "missing") continue;
      for (let at = 40; at < bytes.length; at += 64) bytes[at] = (bytes[at] as number) ^ 1;
      await storage.put(key, bytes);
    }
    await expect(restore(box, source)).rejects.toMatchObject({
      code: how === "missing" ? "data-missing" : "data-corrupt",
      message: expect.stringMatching(/^file "\/.+": pack [0-9a-f]{8}/),
      details: { path: expect.stringContaining(box.stateDir), packId: expect.any(String) },
    });
    expect(contentOf(box.base.path)).toMatchObject(before);
    expect(readdirSync(box.join("user"))).toEqual([".openclaw"]);
  },
);

test("the raw bytes of a damaged database come back beside its place, and what Clawback stored about the snapshot does not", async () => {
  await using box = await machine();
  const repository = await initTestRepository();
  const index = await repository.loadIndex();
  await using saver = repository.createSaver(index);
  const add = async (literal: TreeOfNodes): Promise<string> => {
    const nodes: Node[] = [];
    for (const [name, inner] of Object.entries(literal)) {
      if (typeof inner !== "string") nodes.push(dirNode(name, await add(inner)));
      else {
        const { id } = await saver.save("data", Buffer.from(inner));
        nodes.push(fileNode(name, { content: [id], sizeBytes: BigInt(inner.length) }));
      }
    }
    return (await saver.save("tree", encodeTree({ nodes: sortNodes(nodes) }))).id;
  };
  const elsewhere = "/home/other/.openclaw";
  const root = await add({
    ".clawback": {
      "report.json": "{}",
      damaged: { home: { other: { ".openclaw": { state: { "x.sqlite": "raw" } } } } },
    },
    home: { other: { ".openclaw": { "openclaw.json": "{}", state: { "y.txt": "y" } } } },
  });
  await saver.flush();
  const omissions = [{ path: `${elsewhere}/state/x.sqlite`, reason: "damaged", detail: "" }];
  const source = await snapshotSource(repository, root, snapshotFacts(elsewhere, { omissions }));
  const report = await restore(box, source);
  const now = contentOf(box.stateDir);
  expect(now["state/x.sqlite.damaged"]).toMatchObject({ body: "raw" });
  expect(now["state/y.txt"]).toMatchObject({ body: "y" });
  expect(Object.keys(now).filter((path) => path.includes("clawback"))).toEqual([]);
  expect(report.warnings.join()).toContain(`the backup was made of "${elsewhere}"`);
  const target = box.join("elsewhere");
  await restore(box, await snapshotSource(repository, root, snapshotFacts(elsewhere)), { target });
  expect(Object.keys(contentOf(target))).toEqual([
    ".openclaw",
    ".openclaw/openclaw.json",
    ".openclaw/state",
    ".openclaw/state/x.sqlite.damaged",
    ".openclaw/state/y.txt",
  ]);
});

interface TreeOfNodes {
  readonly [name: string]: string | TreeOfNodes;
}
