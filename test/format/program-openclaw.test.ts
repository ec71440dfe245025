import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith, testWith } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly storage: string;
}

// One installation for all: its paths are in the archives, so each test leaves it restored.
describeWith(["openclaw", "installation"], "archives of openclaw backup create", () => {
  let installation: Installation;
  let scratch: TempDir;
  let program: Clawback;
  let native: string;
  let id: string;
  let workspace: Record<string, unknown>;
  const memory = (): string => join(installation.workspaces.main, "MEMORY.md");

  beforeAll(async () => {
    installation = await openInstallation();
    scratch = await tempDir();
    const { home } = installation;
    const folder = scratch.join("native");
    mkdirSync(folder);
    await runOpenClawJson(["backup", "create", "--output", `${folder}/`], { home });
    const [name = ""] = readdirSync(folder);
    native = join(folder, name);
    id = basename(name, ".tar.gz");
    workspace = contentOf(installation.workspaces.main);
    program = clawback({ userHome: home, as: "function" });
    await program.json(["init", "--instance", "box"]);
    await program.json(["storage", "add", "native", "--path", folder]);
  });
  afterAll(async () => {
    await installation[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });

  /** Loses what matters; only `restore` brings it back. */
  function breakIt(): void {
    writeFileSync(memory(), "lost");
    writeFileSync(join(installation.workspaces.main, "added-later.md"), "later");
    rmSync(join(installation.stateDir, "state"), { recursive: true });
    rmSync(installation.workspaces.research, { recursive: true });
  }

  /** OpenClaw itself finds the databases to be what it needs, and the plugins that no backup holds are still there. */
  async function expectRestored(): Promise<void> {
    const { home, stateDir, workspaces, plugins } = installation;
    rmSync(join(workspaces.main, ".restore-complete.json"));
    expect(contentOf(workspaces.main)).toEqual(workspace);
    expect(readFileSync(join(workspaces.research, "findings.md"), "utf8")).toContain("Tea is hot");
    expect(existsSync(join(stateDir, "npm", "projects", plugins.npm))).toBe(true);
    const global = ["database", "preflight", join(stateDir, "state", "openclaw.sqlite")];
    expect(await runOpenClawJson(global, { home })).toMatchObject({ status: "exact" });
  }

  test("are listed where they lie, in a storage or any directory, verified and shown", async () => {
    const found = { id, kind: "native", storedBytes: expect.any(Number) };
    const list = (...args: string[]) => program.json<{ backups: Listed[] }>(["list", ...args]);
    expect((await list("--type", "native")).backups).toMatchObject([
      { ...found, storage: "native" },
    ]);
    expect((await list()).backups).toMatchObject([found]);
    expect((await list("--type", "archive")).backups).toEqual([]);
    copyFileSync(native, scratch.join("mine-openclaw-backup.tar.gz"));
    expect((await list(scratch.path)).backups).toMatchObject([
      { id: "mine-openclaw-backup", kind: "native", storage: scratch.path },
    ]);
    for (const source of [id, native]) {
      expect(await program.json(["verify", source])).toMatchObject({ ok: true });
      const { stdout } = await program.run("show", source, "workspace/MEMORY.md");
      expect(stdout).toMatch(
        /Made by: +openclaw backup[\s\S]*OpenClaw: +2026\.9\.6[\s\S]*MEMORY\.md/,
      );
    }
  });

  test.each(["the storage", "its file"])(
    "are restored elsewhere and in place from %s",
    async (where) => {
      const source = where === "its file" ? native : id;
      const target = scratch.join(`elsewhere from ${where}`);
      await program.json(["restore", source, "--target", target]);
      expect(contentOf(join(target, ".openclaw", "workspace"))).toEqual(workspace);
      expect(existsSync(join(target, "research", "findings.md"))).toBe(true);
      breakIt();
      const { plan } = await program.json<{ plan: object }>(["restore", source, "--dry-run"]);
      expect(plan).toMatchObject({
        mode: "in-place",
        exact: true,
        removed: { count: 1, examples: [{ path: expect.stringContaining("added-later.md") }] },
      });
      const report = await program.json(["restore", source, "--yes"]);
      expect(report).toMatchObject({ plan: { mode: "in-place" } });
      await expectRestored();
    },
  );

  test("are imported, and the import is a backup like any other", async () => {
    const { checked } = await program.json<{ checked: { databases: number } }>(["verify", native]);
    const imported = await program.json<Listed>([
      "import",
      native,
      "from-openclaw",
      "--tag",
      "old",
    ]);
    expect(imported).toMatchObject({
      kind: "archive",
      name: "from-openclaw",
      scope: { full: true },
      openclawVersion: "2026.9.6",
      databases: checked.databases,
    });
    expect(await program.json(["verify", "latest"])).toMatchObject({ ok: true });
    const exported = scratch.join("exported.tar.gz");
    await program.json(["export", "latest", exported]);
    expect(readFileSync(exported).equals(readFileSync(native))).toBe(true);
    const again = await program.run("import", native);
    // The archive has no id of its own; two imports are two backups.
    expect(again.code).toBe(0);
    breakIt();
    const report = await program.json(["restore", "from-openclaw", "--yes"]);
    expect(report).toMatchObject({ plan: { mode: "in-place" }, backup: { name: "from-openclaw" } });
    await expectRestored();
  });

  test("cannot be held, because nothing of ours stands beside them", async () => {
    const { code, stderr } = await program.run("hold", id);
    expect(code).toBe(2);
    expect(stderr).toMatch(/clawback import/);
  });

  testWith(
    ["minio", "mc"],
    "in a bucket are listed, verified, shown and restored in place",
    async () => {
      await using minio = await startMinio();
      await minio.mc("mb", "test/bucket");
      await minio.mc("cp", native, `test/bucket/fleet/${basename(native)}`);
      const storage = { minio, bucket: "bucket", prefix: "fleet", userHome: installation.home };
      await addMinioStorage(storage);
      const listed = ["list", "--type", "native", "--storage", "s3"];
      expect(await program.json(listed)).toMatchObject({ backups: [{ id, storage: "s3" }] });
      const from = ["--storage", "s3"];
      expect(await program.json(["verify", id, ...from])).toMatchObject({ ok: true });
      expect(await program.json(["show", id, ...from])).toMatchObject({
        archive: { madeBy: "openclaw" },
      });
      breakIt();
      const plan = await program.run("restore", id, ...from, "--dry-run");
      expect(plan.stdout).toMatch(/the whole state directory is swapped/);
      expect(plan.stdout).toMatch(/Removes: +1 file, .*workspace\/added-later\.md/);
      const report = await program.json(["restore", id, ...from, "--yes"]);
      expect(report).toMatchObject({ plan: { mode: "in-place", exact: true } });
      await expectRestored();
    },
  );

  test("are like ours to OpenClaw: what we export, it verifies and restores", async () => {
    const { home, stateDir } = installation;
    // The bucket of the test before has gone with its server.
    const local = ["--storage", "local"];
    const made = await program.json<Listed>(["create", ...local]);
    const file = scratch.join("ours.tar.gz");
    await program.json(["export", made.id, file, ...local]);
    const elsewhere = { home: scratch.path };
    expect(await runOpenClawJson(["backup", "verify", file], elsewhere)).toMatchObject({
      ok: true,
    });
    const target = scratch.join("by-openclaw");
    const { archiveRoot } = await runOpenClawJson<{ archiveRoot: string }>(
      ["backup", "restore", file, "--target", target],
      elsewhere,
    );
    const restored = join(target, archiveRoot, "payload", "posix", stateDir, "workspace");
    expect(contentOf(restored)).toEqual(workspace);
    expect(existsSync(join(target, archiveRoot, "payload", "posix", home, "research"))).toBe(true);
  });
});

/** Files by content, links by target. Neither tool keeps times of directories. */
function contentOf(root: string): Record<string, unknown> {
  const entries = Object.entries(readTree(root)).map(([path, { type, body, target }]) => [
    path,
    { type, body, target },
  ]);
  return Object.fromEntries(entries);
}
