import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { listPreRestore, planRestore, recoverInterrupted } from "../../lib/restore/index.ts";
import { canMount, smallDisk } from "../helpers/mounts.ts";
import {
  asFile,
  contentOf,
  machine,
  makeDatabase,
  noteIn,
  STAMP,
} from "../helpers/restore-machine.ts";
import { scene } from "../helpers/restore-scene.ts";
import { dir, file, tree, writeTree } from "../helpers/tree.ts";

const PROCESS: string = new URL("../helpers/restore-process.ts", import.meta.url).pathname;

/** A filesystem at a directory that exists, gone with the block. */
function mountAt(path: string, options = "size=32m,mode=700"): Disposable {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return { [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

/** The same directory at another place, on the same filesystem. */
function bindAt(from: string, path: string): Disposable {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["--bind", from, path]);
  return { [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

const REPORT = "workspace/.restore-complete.json";

describe.skipIf(!canMount)("a full disk (needs root)", () => {
  test("is seen by the plan, which is refused", async () => {
    await using disk = await smallDisk(8192);
    await using box = await machine({ parent: disk.path });
    writeFileSync(`${box.stateDir}/workspace/large`, randomBytes(4_500_000));
    const source = await box.backUp();
    await expect(planRestore(box.plan(source))).rejects.toMatchObject({ code: "no-space" });
  });

  test("in the middle of unpacking leaves everything as it was, and nothing half written", async () => {
    await using disk = await smallDisk(8192);
    await using box = await machine({ parent: disk.path });
    writeFileSync(`${box.stateDir}/workspace/large`, randomBytes(3_000_000));
    const source = await box.backUp();
    const prepared = await planRestore(box.plan(source));
    writeFileSync(box.join("filler"), randomBytes(2_500_000));
    const before = contentOf(box.join("user"));
    const { applyRestore } = await import("../../lib/restore/index.ts");
    await expect(applyRestore(prepared)).rejects.toMatchObject({ code: "no-space" });
    expect(contentOf(box.join("user"))).toEqual(before);
    rmSync(box.join("filler"));
    expect(readdirSync(box.join("home/restore"))).toEqual([]);
    await applyRestore(prepared);
  });

  test("of the home, where the journal lies, leaves everything as it was", async () => {
    await using box = await machine();
    const source = await box.backUp();
    using _home = mountAt(box.join("full"), "size=64k,mode=700");
    const before = contentOf(box.join("user"));
    mkdirSync(box.join("full/restore"));
    try {
      writeFileSync(box.join("full/filler"), randomBytes(100_000));
    } catch {
      // As much as there was room for.
    }
    await expect(box.restore(source, { home: box.join("full") })).rejects.toMatchObject({
      code: "no-space",
    });
    expect(contentOf(box.join("user"))).toEqual(before);
  });
});

describe.skipIf(!canMount)("mounted filesystems (needs root)", () => {
  test("a state directory that is a volume is exchanged child by child, and undone", async () => {
    await using box = await machine();
    const source = await box.backUp();
    using _volume = mountAt(box.stateDir);
    writeTree(box.stateDir, tree({ "openclaw.json": file("{}"), other: dir({ x: file("x") }) }));
    writeTree(box.stateDir, tree({ npm: dir({ "a.js": file("npm") }) }));
    const before = contentOf(box.stateDir);
    const { plan } = await planRestore(box.plan(source));
    expect(plan.roots[0]).toMatchObject({ strategy: "children" });
    const report = await box.restore(source);
    const kept = `${box.stateDir}/.openclaw.pre-restore-${STAMP}`;
    expect(report.preRestore).toBe(kept);
    expect(readdirSync(box.stateDir).sort()).toEqual([
      `.openclaw.pre-restore-${STAMP}`,
      ...["credentials", "npm", "openclaw.json", "skills", "workspace"],
    ]);
    expect(readdirSync(kept).sort()).toEqual(["openclaw.json", "other"]);
    expect(listPreRestore(box).map(({ paths }) => paths)).toEqual([[kept]]);
    expect(existsSync(`${box.stateDir}/${REPORT}`)).toBe(true);
    const { preRestore } = await box.undo();
    const without = Object.entries(contentOf(box.stateDir)).filter(
      ([path]) => !path.startsWith(".openclaw.pre-restore"),
    );
    expect(Object.fromEntries(without)).toEqual(before);
    expect(listPreRestore(box).map(({ id }) => id)).toEqual([preRestore.id]);
  });

  test.each(["a filesystem of its own", "a part of the same filesystem"])(
    "a workspace that is mounted in the state directory, %s, stays mounted and gets its content",
    async (kind) => {
      await using box = await machine();
      const source = await box.backUp();
      const at = `${box.stateDir}/workspace`;
      rmSync(at, { recursive: true });
      mkdirSync(box.join("volume"));
      using _mount = kind.includes("own") ? mountAt(at) : bindAt(box.join("volume"), at);
      writeTree(at, tree({ "new.md": file("new"), notes: dir({ "a.md": file("broken") }) }));
      const device = statSync(at).dev;
      for (const given of [source, asFile(source)]) {
        const before = contentOf(box.stateDir);
        await box.restore(given);
        expect(statSync(at).dev).toBe(device);
        expect(readFileSync(`${at}/notes/a.md`, "utf8")).toBe("a");
        expect(existsSync(`${at}/new.md`)).toBe(false);
        expect(readdirSync(at).filter((name) => name.includes("stage"))).toEqual([]);
        await box.undo();
        const now = Object.entries(contentOf(box.stateDir)).filter(
          ([path]) => !path.includes(".openclaw.pre-restore"),
        );
        expect(Object.fromEntries(now)).toEqual(before);
        for (const { paths } of listPreRestore(box)) {
          for (const path of paths) rmSync(path, { recursive: true });
        }
      }
    },
  );

  test("a workspace elsewhere on a volume of its own is exchanged there", async () => {
    await using box = await machine();
    using _volume = mountAt(box.join("user/work"));
    writeTree(box.join("user/work"), tree({ "w.md": file("old") }));
    const roots = [
      { kind: "state", path: box.stateDir },
      { kind: "workspace", path: box.join("user/work") },
    ] as const;
    const source = await box.backUp({ installation: { roots } });
    for (const given of [source, asFile(source)]) {
      writeFileSync(box.join("user/work/w.md"), "newer");
      await box.restore(given, { installation: box.installation({ roots }) });
      expect(readFileSync(box.join("user/work/w.md"), "utf8")).toBe("old");
      await box.undo();
      expect(readFileSync(box.join("user/work/w.md"), "utf8")).toBe("newer");
    }
  });

  test("a single file that is mounted by itself stays as it is, and the plan says so", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeFileSync(box.join("mounted.json"), '{ "mounted": true }');
    execFileSync("mount", ["--bind", box.join("mounted.json"), `${box.stateDir}/openclaw.json`]);
    try {
      writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
      const { plan } = await planRestore(box.plan(source));
      expect(plan.warnings.join()).toContain("is mounted by itself and stays as it is");
      await box.restore(source);
      expect(readFileSync(`${box.stateDir}/openclaw.json`, "utf8")).toBe('{ "mounted": true }');
      expect(readFileSync(`${box.stateDir}/workspace/notes/a.md`, "utf8")).toBe("a");
    } finally {
      execFileSync("umount", [`${box.stateDir}/openclaw.json`]);
    }
  });

  test("a target that is an empty volume is filled", async () => {
    await using box = await machine();
    const source = await box.backUp();
    using _volume = mountAt(box.join("volume"));
    await box.restore(source, { target: box.join("volume") });
    expect(contentOf(box.join("volume/.openclaw"))).toEqual(contentOf(box.stateDir));
    expect(readdirSync(box.join("volume"))).toEqual([".openclaw"]);
  });
});

describe.skipIf(process.getuid?.() !== 0)("owners (needs root)", () => {
  test("everything gets the owner of what was there, else of its parent, or the one that is asked for", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    makeDatabase(`${box.stateDir}/state/openclaw.sqlite`);
    const source = await box.backUp();
    const owners = () => [
      ...execFileSync("find", [box.join("user/.openclaw"), "-printf", "%U:%G\n"], {
        encoding: "utf8",
      })
        .trim()
        .split("\n"),
    ];
    execFileSync("chown", ["-R", "1234:1235", box.join("user")]);
    await box.restore(source);
    expect(new Set(owners())).toEqual(new Set(["1234:1235"]));
    rmSync(box.stateDir, { recursive: true });
    execFileSync("chown", ["2345:2346", box.join("user")]);
    await box.restore(source);
    expect(new Set(owners())).toEqual(new Set(["2345:2346"]));
    await box.restore(source, { owner: { uid: 77, gid: 78 } });
    expect(new Set(owners())).toEqual(new Set(["77:78"]));
    await box.restore(source, { owner: { uid: 77, gid: 78 }, target: box.join("new/there") });
    const { uid, gid } = statSync(box.join("new/there"));
    expect([uid, gid]).toEqual([77, 78]);
    expect(noteIn(`${box.stateDir}/state/openclaw.sqlite`)).toBe("first");
  });
});

describe.skipIf(process.getuid?.() !== 0 || !existsSync("/usr/bin/setpriv"))(
  "a user who is not root (needs root to become one)",
  () => {
    test("and may not write beside the state directory gets its children exchanged", async () => {
      await using stage = await scene();
      const { box, order } = stage;
      execFileSync("chown", ["-R", "65534:65534", box.base.path]);
      execFileSync("chown", ["0:0", box.join("user")]);
      execFileSync("chmod", ["755", box.join("user")]);
      const options = { only: undefined };
      const argument = JSON.stringify({
        ...order,
        roots: order.roots.slice(0, 1),
        options,
        killAt: 1e9,
      });
      const args = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, PROCESS];
      execFileSync("setpriv", [...args, argument]);
      const kept = `.openclaw.pre-restore-${STAMP}`;
      expect(readdirSync(box.stateDir).sort()).toEqual([
        ...[kept, "credentials", "npm", "openclaw.json", "skills", "state", "workspace"],
      ]);
      expect(readFileSync(`${box.stateDir}/workspace/notes/a.md`, "utf8")).toBe("a");
      expect(readdirSync(box.join("user")).sort()).toEqual([".openclaw", "work"]);
    });
  },
);

test("a stage that a killed process left is removed by the next command", async () => {
  await using box = await machine();
  const stage = box.join("user/.openclaw.stage-12345678");
  mkdirSync(`${stage}/tree`, { recursive: true });
  mkdirSync(box.join("home/restore"));
  writeFileSync(
    box.join("home/restore/journal.json"),
    JSON.stringify({
      formatVersion: 1,
      title: "restore of x",
      stamp: STAMP,
      temporary: [stage],
      directories: [],
      steps: [],
      facts: {},
    }),
  );
  expect(await recoverInterrupted(box.home)).toEqual([expect.stringContaining("given up before")]);
  expect(readdirSync(box.join("user"))).toEqual([".openclaw"]);
});
