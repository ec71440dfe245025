import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { contentOf } from "../helpers/restore-machine.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { makeSampleState } from "../parts/sample-state.ts";

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly stateDir: string;
  readonly program: Clawback;
}

interface Backup {
  readonly id: string;
  readonly verifiedAt?: string;
  readonly held: boolean;
}

/** A user with an installation and a directory storage. Its password is a random one, which opens at once. */
async function snapshotUser(mediaMb = 1): Promise<User> {
  const dir = await tempDir();
  const stateDir = dir.join(".openclaw");
  makeSampleState(stateDir, { files: 60, dbMb: 2, mediaMb });
  writeFileSync(dir.join(".openclaw/openclaw.json"), "{}\n", { mode: 0o600 });
  const program = clawback({ userHome: dir.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
  const dispose = () => dir[Symbol.asyncDispose]();
  return { dir, stateDir, program, [Symbol.asyncDispose]: dispose };
}

/** Everything but what SQLite touches when somebody looks whether a database is in use. */
function stateOf(stateDir: string): Record<string, unknown> {
  const entries = Object.entries(contentOf(stateDir));
  return Object.fromEntries(entries.filter(([path]) => !/\.sqlite-shm$/.test(path)));
}

const snapshots = async (program: Clawback): Promise<readonly Backup[]> =>
  (await program.json<{ backups: Backup[] }>(["list", "--type", "snapshot"])).backups;

test("a snapshot is restored in place by its short id, undone, and restored elsewhere", async () => {
  await using user = await snapshotUser();
  const { dir, stateDir, program } = user;
  const { id } = await program.json<{ id: string }>(["snapshot", "--name", "first"]);
  const taken = stateOf(stateDir);
  mkdirSync(`${stateDir}/npm`);
  writeFileSync(`${stateDir}/npm/kept.js`, "kept");
  writeFileSync(`${stateDir}/openclaw.json`, '{ "later": true }\n');
  writeFileSync(`${stateDir}/later.md`, "later");
  const changed = stateOf(stateDir);
  const { plan } = await program.json<{ plan: Record<string, unknown> }>([
    ...["restore", id.slice(0, 8), "--dry-run"],
  ]);
  expect(plan).toMatchObject({ mode: "in-place", exact: true, backup: { kind: "snapshot", id } });
  expect(stateOf(stateDir)).toEqual(changed);
  const report = await program.json(["restore", id.slice(0, 8), "--yes"]);
  expect(report).toMatchObject({ backup: { id }, target: stateDir });
  const now = stateOf(stateDir);
  expect(now["npm/kept.js"]).toMatchObject({ body: "kept" });
  expect(now["later.md"]).toBeUndefined();
  for (const [path, entry] of Object.entries(taken)) {
    if (!/\.sqlite|^logs/.test(path)) expect(now[path], path).toEqual(entry);
  }
  await program.json(["restore", "--undo", "--yes"]);
  expect(stateOf(stateDir)).toEqual(changed);
  await program.json(["restore", "first", "--target", dir.join("elsewhere")]);
  expect(contentOf(dir.join("elsewhere/.openclaw"))["openclaw.json"]).toMatchObject({
    body: "{}\n",
  });
  // Nobody holds the repository any more.
  expect(readdirSync(dir.join(".clawback/storage/box/repository"))).not.toContain("locks");
});

test("a snapshot is verified and marked, held against delete, released and removed", async () => {
  await using user = await snapshotUser();
  const { dir, program } = user;
  const { id } = await program.json<{ id: string }>(["snapshot"]);
  const other = await program.json<{ id: string }>(["snapshot", "--force"]);
  const report = await program.json(["verify", id]);
  expect(report).toMatchObject({ ok: true, backup: { id }, findings: [] });
  expect((await snapshots(program)).find((each) => each.id === id)?.verifiedAt).toBeDefined();
  await program.json(["hold", id.slice(0, 8)]);
  const refused = await program.run("delete", id, "--yes", "--json");
  expect(JSON.parse(refused.stderr)).toMatchObject({ code: "policy-refused" });
  await program.json(["release", id.slice(0, 8)]);
  await program.json(["delete", id.slice(0, 8), "--yes"]);
  expect((await snapshots(program)).map((each) => each.id)).toEqual([other.id]);
  expect(readdirSync(dir.join(".clawback/storage/box/repository/snapshots"))).toEqual([other.id]);
  expect(await program.json(["verify", "latest"])).toMatchObject({ ok: true });
});

test("what changed between two snapshots is told by path, by line and by table, and every version can be read", async () => {
  await using user = await snapshotUser();
  const { dir, stateDir, program } = user;
  mkdirSync(`${stateDir}/workspace/old`, { recursive: true });
  writeFileSync(`${stateDir}/workspace/notes.md`, "one\ntwo\nthree\n");
  writeFileSync(`${stateDir}/workspace/old/gone.md`, "gone");
  const database = `${stateDir}/workspace/facts.sqlite`;
  const open = new DatabaseSync(database);
  open.exec("CREATE TABLE facts (text); INSERT INTO facts VALUES ('a')");
  await program.json(["snapshot", "--name", "a"]);
  writeFileSync(`${stateDir}/workspace/notes.md`, "one\n2\nthree\n");
  rmSync(`${stateDir}/workspace/old`, { recursive: true });
  writeFileSync(`${stateDir}/workspace/new.md`, "new");
  chmodSync(`${stateDir}/openclaw.json`, 0o640);
  open.exec("INSERT INTO facts VALUES ('b'), ('c'); CREATE TABLE more (x)");
  open.close();
  await program.json(["snapshot", "--name", "b"]);

  type Diff = { entries: { change: string; path: string; what?: string[] }[]; counts: unknown };
  const all = await program.json<Diff & { lines?: unknown }>(["diff", "a", "b"]);
  const entries = all.entries.map(({ change, path }) => `${change} ${path.slice(stateDir.length)}`);
  expect(entries.filter((entry) => !/\/(state|agents)\//.test(entry))).toEqual([
    "changed /openclaw.json",
    "changed /workspace/facts.sqlite",
    "added /workspace/new.md",
    "changed /workspace/notes.md",
    "removed /workspace/old",
    "removed /workspace/old/gone.md",
  ]);
  expect(all.entries[0]).toMatchObject({ what: ["mode"] });
  const text = await program.run("diff", "a", "b", "workspace/notes.md");
  expect(text.stdout).toBe("  one\n- two\n+ 2\n  three\n");
  expect(await program.json(["diff", "a", "b", database])).toMatchObject({
    database: {
      tables: [
        { name: "facts", rowsBefore: 1, rowsAfter: 3, isRedefined: false },
        { name: "more", rowsBefore: null, rowsAfter: 0 },
      ],
    },
  });

  expect((await program.run("cat", "a", "workspace/notes.md")).stdout).toBe("one\ntwo\nthree\n");
  expect((await program.run("cat", "latest", `${stateDir}/workspace/notes.md`)).stdout).toBe(
    "one\n2\nthree\n",
  );
  const missing = await program.run("cat", "b", "workspace/old/gone.md");
  expect(missing.stderr).toContain("has nothing at");
  expect(missing.code).toBe(1);

  await program.json(["snapshot", "--only-config"]);
  await program.json(["snapshot", "--force"]);
  const { versions } = await program.json<{ versions: unknown[] }>([
    ...["history", "workspace/notes.md"],
  ]);
  expect(versions).toMatchObject([
    { sizeBytes: 12, snapshots: 2, type: "file", storage: expect.any(String) },
    { sizeBytes: 14, snapshots: 1 },
  ]);
  const gone = await program.json<{ versions: unknown[] }>(["history", "workspace/old/gone.md"]);
  expect(gone.versions).toMatchObject([{ type: "absent" }, { type: "file", sizeBytes: 4 }]);
  expect(readdirSync(dir.join(".clawback/tmp"))).toEqual([]);
});

test("a snapshot is exported as an archive, which verifies and restores as one", async () => {
  await using user = await snapshotUser();
  const { dir, stateDir, program } = user;
  linkSync(`${stateDir}/openclaw.json`, `${stateDir}/workspace/same.json`);
  await program.json(["snapshot", "--name", "a"]);
  const path = dir.join("a.tar.gz");
  expect(await program.json(["export", "a", path])).toMatchObject({ path });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await program.json(["verify", path])).toMatchObject({ ok: true });
  await program.json(["restore", path, "--target", dir.join("by-archive"), "--yes"]);
  await program.json(["restore", "a", "--target", dir.join("by-snapshot"), "--yes"]);
  expect(stateOf(dir.join("by-archive"))).toEqual(stateOf(dir.join("by-snapshot")));
  expect(statSync(dir.join("by-archive/.openclaw/openclaw.json")).nlink).toBe(2);
});

test("damage is found by verify, by file and pack, and stops a restore before anything has changed", async () => {
  // Enough for a pack that holds nothing but media.
  await using user = await snapshotUser(24);
  const { dir, stateDir, program } = user;
  const { id } = await program.json<{ id: string }>(["snapshot"]);
  const before = stateOf(stateDir);
  const data = dir.join(".clawback/storage/box/repository/data");
  const packs = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted((a, b) => readFileSync(b).length - readFileSync(a).length);
  rmSync(packs[0] as string);
  const report = await program.json<{ findings: { path: string; message: string }[] }>(
    ["verify", id],
    [1],
  );
  expect(report).toMatchObject({ ok: false, backup: { id } });
  const missing = `pack ${(packs[0] as string).split("/").at(-1)?.slice(0, 8)} is missing`;
  expect(report.findings.every(({ message }) => message.includes(missing))).toBe(true);
  expect(report.findings[0]?.path).toContain(stateDir);
  const failed = await program.run("restore", id, "--yes", "--json");
  expect(JSON.parse(failed.stderr)).toMatchObject({
    code: "data-missing",
    message: expect.stringContaining(missing),
  });
  expect(stateOf(stateDir)).toEqual(before);
  expect(readdirSync(dir.path).filter((name) => name.includes("stage"))).toEqual([]);
});
