import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";
import { runOrThrow } from "../parts/run.ts";
import { makeSampleState } from "../parts/sample-state.ts";

let user: TempDir;
let stateDir: string;
let program: Clawback;
let archive: string;

beforeAll(async () => {
  user = await tempDir();
  stateDir = user.join(".openclaw");
  makeSampleState(stateDir, { files: 150, dbMb: 1, mediaMb: 2 });
  const workspace = join(stateDir, "workspace");
  mkdirSync(join(workspace, "private"), { mode: 0o700 });
  mkdirSync(join(workspace, "empty"));
  writeFileSync(join(workspace, "private", "zähler – grün.md"), "beyond ASCII", { mode: 0o640 });
  writeFileSync(join(workspace, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  linkSync(join(workspace, "run.sh"), join(workspace, "same.sh"));
  symlinkSync("../../elsewhere", join(workspace, "leads-out"));
  program = clawback({ userHome: user.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
  archive = user.join("ours.tar.gz");
  await program.json(["create", "--output", archive]);
});
afterAll(() => user[Symbol.asyncDispose]());

/** What a tar can tell: whole seconds, and no times of links. Databases change whenever somebody looks at them. */
function comparable(root: string): Record<string, object> {
  const entries = Object.entries(readTree(root)).map(([path, { mtimeUs = 0n, ...entry }]) => {
    const { type, mode, target, sameFileAs, body = "" } = entry;
    if (/\.sqlite(-(wal|shm))?$/.test(path)) return [path, { type, mode }];
    if (type !== "file") return [path, { type, mode, target }];
    const sha256 = createHash("sha256").update(body).digest("hex");
    return [path, { type, mode, sameFileAs, sha256, seconds: mtimeUs / 1_000_000n }];
  });
  return Object.fromEntries(entries);
}

/** The live tree without what no backup holds. */
function captured(): object {
  const isLeftOut = (path: string): boolean =>
    /(^|\/)(node_modules|logs)(\/|$)|-(wal|shm)$/.test(path);
  const entries = Object.entries(comparable(stateDir)).filter(([path]) => !isLeftOut(path));
  return Object.fromEntries(entries);
}

test("gzip and tar alone bring back what is live, with modes, times and links", async () => {
  await runOrThrow("gzip", ["-t", archive]);
  const target = user.join("by-tar");
  mkdirSync(target);
  await runOrThrow("tar", ["xzpf", archive, "-C", target]);
  const [root = ""] = readdirSync(target);
  expect(comparable(join(target, root, "payload", "posix", stateDir))).toEqual(captured());
});

test("what Clawback itself restores is the same", async () => {
  const target = user.join("by-clawback");
  await program.json(["restore", archive, "--target", target]);
  expect(comparable(join(target, ".openclaw"))).toEqual(captured());
});

/** The live tree after a restore, without the report for the agent, which goes with this. */
function settled(): object {
  const note = join(stateDir, "workspace", ".restore-complete.json");
  expect(existsSync(note)).toBe(true);
  rmSync(note);
  return comparable(stateDir);
}

/** The ways in which people make such a tar, and where a restore elsewhere then puts the state directory. */
const PLAIN: readonly (readonly [how: string, args: () => string[], below: () => string])[] = [
  ["tar czf x.tar.gz .openclaw", () => ["-C", user.path, ".openclaw"], () => ".openclaw"],
  ["tar czf x.tar.gz ~/.openclaw", () => ["-P", stateDir], () => stateDir],
  ["tar czf x.tar.gz -C ~/.openclaw .", () => ["-C", stateDir, "."], () => "."],
];

test.each(PLAIN)(
  "%s is verified, shown, restored and imported, and its import restored",
  async (how, args, below) => {
    const name = `plain-${PLAIN.findIndex(([title]) => title === how)}`;
    const file = user.join(`${name}.tar.gz`);
    await runOrThrow("tar", ["czf", file, ...args()]);
    const live = comparable(stateDir);

    expect(await program.json(["verify", file])).toMatchObject({
      ok: true,
      checked: { databases: 2 },
    });
    expect(await program.json(["show", file])).toMatchObject({
      backup: null,
      archive: { madeBy: "tar", databases: 2 },
    });
    const target = user.join(`${name}-elsewhere`);
    await program.json(["restore", file, "--target", target]);
    expect(comparable(join(target, below()))).toEqual(live);

    const imported = await program.json<{ id: string; databases: number }>(["import", file, name]);
    expect(imported).toMatchObject({
      databases: 2,
      scope: { full: true },
      sha256: expect.any(String),
    });
    expect(await program.json(["verify", name])).toMatchObject({ ok: true });
    for (const source of [file, name]) {
      const memory = join(stateDir, "workspace", "MEMORY.md");
      writeFileSync(memory, "lost");
      writeFileSync(join(stateDir, "workspace", "added-later.md"), "later");
      const { plan } = await program.json<{ plan: object }>(["restore", source, "--dry-run"]);
      expect(plan).toMatchObject({
        mode: "in-place",
        exact: true,
        changed: {
          examples: expect.arrayContaining([{ path: memory, sizeBytes: expect.any(Number) }]),
        },
        removed: { count: 1, examples: [{ path: join(stateDir, "workspace", "added-later.md") }] },
      });
      const report = await program.json(["restore", source, "--yes"]);
      expect(report).toMatchObject({ plan: { mode: "in-place" } });
      expect(settled()).toEqual(live);
      await program.json(["restore", "--undo", "--yes"]);
      await program.json(["restore", "--undo", "--yes"]);
      await program.json(["cleanup", "--yes"]);
    }
  },
);

test("a tar that holds no state directory can be looked at, but not put in place", async () => {
  const file = user.join("other.tar.gz");
  await runOrThrow("tar", ["czf", file, "-C", dirname(stateDir), ".openclaw/skills"]);
  const { code, stderr } = await program.run("restore", file, "--yes");
  expect(code).toBe(1);
  expect(stderr).toMatch(/no OpenClaw state directory is in this archive\n.*openclaw\.json/);
  await program.json(["restore", file, "--target", user.join("other")]);
  expect(readdirSync(user.join("other", ".openclaw"))).toEqual(["skills"]);
});
