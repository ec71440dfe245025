import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { makeSampleState } from "../parts/sample-state.ts";

interface Created {
  readonly id: string;
  readonly files: number;
  readonly bytes: number;
  readonly storedBytes: number;
  readonly databases: number;
  readonly degraded: boolean;
  readonly scope: { readonly full: boolean; readonly classes: readonly string[] };
}

interface Tally {
  readonly files: number;
  readonly bytes: number;
}

interface Plan {
  readonly included: Tally;
  readonly classes: readonly { class: string; included: Tally; excluded: Tally }[];
  readonly rules: readonly { rule: string; source: string; excluded: Tally }[];
  readonly databases: readonly { path: string }[];
}

let user: TempDir;
let stateDir: string;
let program: Clawback;

beforeAll(async () => {
  user = await tempDir();
  stateDir = user.join(".openclaw");
  makeSampleState(stateDir, { files: 200, dbMb: 2, mediaMb: 3 });
  program = clawback({ userHome: user.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
});
afterAll(() => user[Symbol.asyncDispose]());

const create = (...flags: string[]): Promise<Created> =>
  program.json<Created>(["create", ...flags]);
const plan = async (...flags: string[]): Promise<Plan> =>
  (await program.json<{ plan: Plan }>(["create", "--dry-run", ...flags])).plan;

/** What is in a backup, relative to the state directory. */
async function pathsIn({ id }: Created): Promise<string[]> {
  const { files } = await program.json<{ files: { path: string; type: string }[] }>(["show", id]);
  const root = `payload/posix${stateDir}/`;
  return files
    .filter(({ type }) => type !== "dir")
    .map(({ path }) => (path.startsWith(root) ? path.slice(root.length) : path));
}

test("a dry run counts what create then takes, and what each rule saves, and writes nothing", async () => {
  const before = statSync(user.join(".clawback", "storage")).mtimeMs;
  const dry = await plan();
  expect(statSync(user.join(".clawback", "storage")).mtimeMs).toBe(before);
  const made = await create();
  expect(made).toMatchObject({ files: dry.included.files, databases: dry.databases.length });
  const sum = (pick: (one: Plan["classes"][number]) => number): number =>
    dry.classes.reduce((total, one) => total + pick(one), 0);
  expect(sum(({ included }) => included.files)).toBe(dry.included.files);
  expect(dry.classes).toContainEqual(
    expect.objectContaining({ class: "logs", excluded: { files: 5, bytes: 2_500_000 } }),
  );
  expect(dry.rules).toContainEqual(
    expect.objectContaining({
      rule: "node_modules",
      source: "regenerable",
      excluded: { files: 20, bytes: 40_000 },
    }),
  );
  const { stdout } = await program.run("create", "--dry-run");
  expect(stdout).toMatch(/node_modules +regenerable +20 +40\.0 kB/);
  expect(stdout).toMatch(/logs +0 +0 B +not asked for: 5 files, 2\.50 MB/);
  expect(stdout).toMatch(/Would capture \d+ files, .* MB; rules leave out 40\.0 kB \(\d+ %\)/);
});

test("--only-config takes config, credentials, cron, devices and skills, and is partial", async () => {
  const made = await create("--only-config");
  expect(made.scope).toMatchObject({ full: false, onlyConfig: true });
  expect(made.databases).toBe(0);
  const tops = new Set((await pathsIn(made)).map((path) => path.split("/")[0]));
  expect([...tops].sort()).toEqual([".env", "credentials", "cron", "openclaw.json", "skills"]);
});

test("--no-workspace leaves the workspaces out, and is partial", async () => {
  const made = await create("--no-workspace");
  expect(made.scope.full).toBe(false);
  const paths = await pathsIn(made);
  expect(paths.filter((path) => path.startsWith("workspace/"))).toEqual([]);
  expect(paths).toContain("openclaw.json");
  expect(made.databases).toBe(2);
});

test("--class takes just these, and names the classes when it does not know one", async () => {
  const made = await create("--class", "config", "--class", "skills");
  expect(made.scope).toMatchObject({ full: false, classes: ["config", "skills"] });
  const { code, stderr } = await program.run("create", "--class", "memory");
  expect(code).toBe(2);
  expect(stderr).toMatch(/class "memory" is not known\n.*workspace/);
});

test("--workspace takes another directory; without the agents' own the backup is no full one", async () => {
  const other = user.join("other");
  mkdirSync(other);
  writeFileSync(join(other, "plan.md"), "other");
  const outside = user.join("outside");
  mkdirSync(outside);
  const config = readFileSync(join(stateDir, "openclaw.json"), "utf8");
  const moved = config.replace(join(stateDir, "workspace"), outside);
  writeFileSync(join(stateDir, "openclaw.json"), moved);
  try {
    const narrow = await create("--workspace", other);
    expect(narrow.scope.full).toBe(false);
    expect(await pathsIn(narrow)).toContain(`payload/posix${other}/plan.md`);
    expect((await create("--workspace", other, "--workspace", outside)).scope.full).toBe(true);
  } finally {
    writeFileSync(join(stateDir, "openclaw.json"), config);
  }
});

test("--exclude and --include use gitignore syntax, and a run with a cut of its own is partial", async () => {
  const made = await create("--exclude", "*.jpg", "--exclude", "workspace/notes/");
  expect(made.scope.full).toBe(false);
  const paths = await pathsIn(made);
  expect(paths.filter((path) => /\.jpg$|^workspace\/notes\//.test(path))).toEqual([]);
  const kept = await pathsIn(
    await create("--exclude", "*.jpg", "--include", "media/outbound/m0.jpg"),
  );
  expect(kept.filter((path) => path.endsWith(".jpg"))).toEqual(["media/outbound/m0.jpg"]);
  const back = await create("--include", "workspace/project0/node_modules/");
  expect(back.scope.full).toBe(true);
  expect((await pathsIn(back)).filter((path) => path.includes("/node_modules/"))).toHaveLength(20);
});

test("no rule but --force-exclude leaves out a database or the config", async () => {
  const kept = await create("--exclude", "*.sqlite", "--exclude", "openclaw.json");
  expect(kept.databases).toBe(2);
  expect(await pathsIn(kept)).toContain("openclaw.json");
  const database = "agents/main/agent/openclaw-agent.sqlite";
  const forced = await create("--force-exclude", database);
  expect(forced).toMatchObject({ databases: 1, scope: { full: false } });
  expect(await pathsIn(forced)).not.toContain(database);
});

test("--max-file-size leaves larger files out, never a database", async () => {
  const made = await create("--max-file-size", "500K");
  expect(made.databases).toBe(2);
  expect((await pathsIn(made)).filter((path) => path.startsWith("media/"))).toEqual([]);
  const { rules } = await plan("--max-file-size", "500K");
  expect(rules).toContainEqual(expect.objectContaining({ source: "flag" }));
});

test("exclude.json in the home is a standing rule: the backup stays full", async () => {
  const path = user.join(".clawback", "exclude.json");
  writeFileSync(path, JSON.stringify({ excluded_extensions: ["jpg"] }));
  try {
    const made = await create();
    expect(made.scope.full).toBe(true);
    expect((await pathsIn(made)).filter((each) => each.endsWith(".jpg"))).toEqual([]);
    expect((await plan()).rules).toContainEqual(
      expect.objectContaining({ source: "exclude.json", excluded: expect.anything() }),
    );
  } finally {
    rmSync(path);
  }
});

test("a name and tags find a backup again", async () => {
  const made = await create("before-update", "--tag", "update", "--tag", "weekly");
  const { backup } = await program.json<{ backup: { id: string; tags: string[] } }>([
    "show",
    "before-update",
  ]);
  expect(backup).toMatchObject({ id: made.id, tags: ["update", "weekly"] });
});

test("--add takes what lies elsewhere, and a restore elsewhere puts it beside", async () => {
  const extra = user.join("extra");
  mkdirSync(extra);
  writeFileSync(join(extra, "notes.txt"), "extra");
  symlinkSync("notes.txt", join(extra, "link"));
  const single = user.join("single.txt");
  writeFileSync(single, "single");
  const made = await create("--add", extra, "--add", single);
  const target = user.join("with-extra");
  await program.json(["restore", made.id, "--target", target]);
  expect(readFileSync(join(target, "extra", "link"), "utf8")).toBe("extra");
  expect(readFileSync(join(target, "single.txt"), "utf8")).toBe("single");
});

test("--output makes a private file, and never overwrites one", async () => {
  const file = user.join("agent.tar.gz");
  const made = await create("--output", file);
  expect(statSync(file)).toMatchObject({ size: made.storedBytes });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  utimesSync(file, 1, 1);
  const { code, stdout, stderr } = await program.run("create", "--output", file);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/agent\.tar\.gz exists already/);
  expect(statSync(file).mtimeMs).toBe(1000);
  const nowhere = await program.run("create", "--output", user.join("no", "such", "a.tar.gz"));
  expect(nowhere.code).toBe(1);
  expect(existsSync(user.join("no"))).toBe(false);
  // An output inside the state directory is not taken into itself.
  const inside = join(stateDir, "inside.tar.gz");
  await create("--output", inside);
  expect(await program.json(["verify", inside])).toMatchObject({ ok: true });
  const { files } = await program.json<{ files: { path: string }[] }>(["show", inside]);
  expect(files.filter(({ path }) => path.endsWith("inside.tar.gz"))).toEqual([]);
});

test("a higher compression level makes smaller archives, and 0 stores", async () => {
  const sizes: number[] = [];
  for (const level of ["0", "1", "9"]) {
    const made = await create("--compression-level", level, "--exclude", "media/");
    expect(await program.json(["verify", made.id])).toMatchObject({ ok: true });
    sizes.push(made.storedBytes / made.bytes);
  }
  expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
  expect(sizes[0]).toBeGreaterThan(1);
});

test("the names of older tools work, and are shown nowhere", async () => {
  expect((await program.json<{ storages: object[] }>(["backends"])).storages).toHaveLength(1);
  const disk = user.join("disk");
  await program.json(["backend", "add", "disk", "--path", disk]);
  const made = await create("--storage", "disk", "--password", "seed");
  const listed = await program.json<{ backups: { id: string }[] }>([
    ...["list", "--type", "clawbackup", "--limit", "1"],
  ]);
  expect(listed.backups).toMatchObject([{ id: made.id, encrypted: true, storage: "disk" }]);
  const target = user.join("from-remote");
  const restored = await program.run(
    ...["restore", "latest", "--from-remote", "disk", "--target", target, "--password", "seed"],
  );
  expect(restored.code).toBe(0);
  expect(restored.stderr).toMatch(/--password can be seen by other users/);
  expect(existsSync(join(target, ".openclaw", "openclaw.json"))).toBe(true);
});
