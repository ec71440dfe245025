import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  addStorageToSettings,
  applyCleanup,
  createBackup,
  deleteBackup,
  exportBackup,
  holdBackup,
  importArchive,
  initHome,
  listBackups,
  openApp,
  planBackup,
  planCleanup,
  prepareRestore,
  readStatus,
  releaseBackup,
  runDemo,
  selectBackup,
  showBackup,
  syncBackup,
  testStorage,
  undoLastRestore,
  verifyBackup,
} from "../../../lib/app/index.ts";
import { Secret } from "../../../lib/base/index.ts";
import { readEnvironment } from "../../../lib/settings/index.ts";
import { testApp } from "../../helpers/app.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { readTree } from "../../helpers/tree.ts";

describe("backups", () => {
  test("what create made is listed, shown and verified, and then counts as verified", async () => {
    await using world = await testApp();
    const { app } = world;
    const report = await createBackup(app, { name: "first", tags: ["a"] });
    expect(report).toMatchObject({
      name: "first",
      tags: ["a"],
      instance: "tester",
      degraded: false,
      omissions: [],
    });
    const { backups } = await listBackups(app);
    expect(backups).toMatchObject([{ id: report.id, files: report.files, databases: 1 }]);
    const { files } = await showBackup(app, "first");
    expect(files?.filter((file) => file.type === "file")).toHaveLength(report.files);
    expect((await verifyBackup(app, report.id.slice(0, 17))).ok).toBe(true);
    expect((await listBackups(app)).backups[0]?.verifiedAt).toBeDefined();
    expect((await readStatus(app)).newestVerified?.id).toBe(report.id);
  });

  test("a held backup cannot be deleted until it is released", async () => {
    await using world = await testApp();
    const { app } = world;
    await createBackup(app, {});
    const { backup } = await selectBackup(app, "latest");
    expect((await holdBackup(app, "latest")).held).toBe(true);
    await expect(deleteBackup(app, backup)).rejects.toMatchObject({ code: "policy-refused" });
    await releaseBackup(app, "latest");
    await deleteBackup(app, backup);
    expect((await listBackups(app)).backups).toEqual([]);
  });

  test("a dry run says what goes in and what each rule saves, and writes nothing", async () => {
    await using world = await testApp();
    const before = readTree(world.user.path);
    const plan = await planBackup(world.app, { exclude: ["*.md"] });
    expect(plan.included.files).toBeGreaterThan(0);
    expect(plan.rules.map((rule) => rule.rule)).toEqual(
      expect.arrayContaining(["node_modules", "*.md"]),
    );
    expect(readTree(world.user.path)).toEqual(before);
  });

  test("a path that was added is captured although a rule leaves its place out", async () => {
    await using world = await testApp();
    const added = join(world.stateDir, "workspace/project/node_modules/left-out");
    await createBackup(world.app, { add: [added] });
    const { files = [] } = await showBackup(world.app, "latest");
    expect(
      files.filter((file) => file.path.endsWith("node_modules/left-out/index.js")),
    ).toHaveLength(1);
  });

  test("a backup limited to classes is partial, and latest passes it over", async () => {
    await using world = await testApp();
    const { app } = world;
    const full = await createBackup(app, {});
    const partial = await createBackup(app, { onlyConfig: true });
    expect(partial.scope).toMatchObject({ full: false, onlyConfig: true });
    expect((await selectBackup(app, "latest")).backup.id).toBe(full.id);
    expect((await selectBackup(app, partial.id)).backup.id).toBe(partial.id);
  });
});

describe("encryption", () => {
  test("with a password every archive is encrypted, and opens with it alone", async () => {
    await using world = await testApp({ variables: { CLAWBACK_PASSWORD: "correct horse" } });
    const { app } = world;
    expect(await createBackup(app, {})).toMatchObject({ encrypted: true });
    expect((await verifyBackup(app, "latest")).ok).toBe(true);
    expect((await showBackup(app, "latest")).files?.length).toBeGreaterThan(5);
    const wrong = { ...app, settings: { ...app.settings, password: new Secret("battery staple") } };
    await expect(verifyBackup(wrong, "latest")).rejects.toMatchObject({ code: "wrong-password" });
    const none = { ...app, settings: { ...app.settings, password: undefined } };
    await expect(verifyBackup(none, "latest")).rejects.toMatchObject({ code: "wrong-password" });
  });
});

describe("restore", () => {
  test("in place, with a way back", async () => {
    await using world = await testApp();
    const { app, stateDir } = world;
    await createBackup(app, {});
    writeFileSync(join(stateDir, "workspace", "MEMORY.md"), "broken");
    writeFileSync(join(stateDir, "workspace", "later.md"), "later");
    const broken = readTree(stateDir);
    const planned = await prepareRestore(app, "latest", {});
    expect(planned.plan).toMatchObject({
      mode: "in-place",
      changed: { count: 1 },
      removed: { count: 1 },
    });
    const report = await planned.apply();
    expect(readFileSync(join(stateDir, "workspace", "MEMORY.md"), "utf8")).toMatch(/^# Memory/);
    expect(existsSync(join(stateDir, "workspace", "later.md"))).toBe(false);
    expect(report.preRestore).toMatch(/pre-restore/);
    await undoLastRestore(app);
    // The directory of what was carried over (node_modules) was written to, twice.
    const project = expect.objectContaining({ type: "dir" });
    expect(readTree(stateDir)).toEqual({ ...broken, "workspace/project": project });
  });

  test("of one file only replaces that file", async () => {
    await using world = await testApp();
    const { app, stateDir } = world;
    await createBackup(app, {});
    writeFileSync(join(stateDir, "workspace", "MEMORY.md"), "broken");
    writeFileSync(join(stateDir, "workspace", "later.md"), "later");
    const planned = await prepareRestore(app, "latest", { only: ["workspace/MEMORY.md"] });
    expect(planned.plan).toMatchObject({
      mode: "partial",
      changed: { count: 1 },
      removed: { count: 0 },
    });
    await planned.apply();
    expect(readFileSync(join(stateDir, "workspace", "MEMORY.md"), "utf8")).toMatch(/^# Memory/);
    expect(readFileSync(join(stateDir, "workspace", "later.md"), "utf8")).toBe("later");
  });

  test("onto a machine that has lost everything", async () => {
    await using world = await testApp();
    const { app, stateDir } = world;
    const before = readTree(join(stateDir, "workspace", "notes"));
    await createBackup(app, {});
    rmSync(stateDir, { recursive: true });
    const report = await (await prepareRestore(app, "latest", {})).apply();
    expect(report.preRestore).toBeNull();
    expect(readTree(join(stateDir, "workspace", "notes"))).toEqual(before);
  });
});

describe("moving backups", () => {
  test("an exported archive comes back by import, under its own id", async () => {
    await using world = await testApp();
    await using other = await testApp();
    const made = await createBackup(world.app, { name: "first" });
    const path = world.user.join("out.tar.gz");
    expect(await exportBackup(world.app, "latest", { path })).toMatchObject({
      sha256: made.sha256,
    });
    const backup = await importArchive(other.app, path, {});
    expect(backup).toMatchObject({
      id: made.id,
      files: made.files,
      bytes: made.bytes,
      sha256: made.sha256,
    });
    expect((await verifyBackup(other.app, made.id)).ok).toBe(true);
    await expect(importArchive(other.app, path, {})).rejects.toMatchObject({
      code: "storage-conflict",
    });
  });

  test("a damaged archive is not imported", async () => {
    await using world = await testApp();
    await createBackup(world.app, {});
    const path = world.user.join("out.tar.gz");
    await exportBackup(world.app, "latest", { path });
    writeFileSync(path, readFileSync(path).subarray(0, 5000));
    await expect(importArchive(world.app, path, {})).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  test("sync replaces a damaged copy only with force", async () => {
    await using world = await testApp();
    const flags = { home: world.app.settings.home };
    await addStorageToSettings(world.app, {
      id: "other",
      type: "directory",
      isDefault: false,
      plaintext: false,
      path: world.user.join("other"),
    });
    await using app = await openApp({ environment: world.app.environment, flags });
    const { id } = await createBackup(app, {});
    const to = { storage: "local", to: "other" };
    await holdBackup(app, id);
    expect(await syncBackup(app, id, to)).toMatchObject({ copied: true });
    // What must not be removed in one place must not be removed in the other.
    const { backup } = await selectBackup(app, id, { storage: "other" });
    expect(backup.held).toBe(true);
    expect(await syncBackup(app, id, to)).toMatchObject({ copied: false });
    writeFileSync(world.user.join("other", "tester", "archives", id, "archive.tar.gz"), "damaged");
    await expect(syncBackup(app, id, to)).rejects.toMatchObject({ code: "storage-conflict" });
    expect(await syncBackup(app, id, { ...to, force: true })).toMatchObject({
      copied: true,
      replaced: true,
    });
    expect((await verifyBackup(app, id, { storage: "other" })).ok).toBe(true);
  });
});

describe("care", () => {
  test("init leaves a home that is there as it is", async () => {
    await using world = await testApp();
    expect(await initHome(world.app, { instance: "other" })).toMatchObject({
      created: false,
      instance: "tester",
    });
  });

  test("test leaves nothing in the storage", async () => {
    await using world = await testApp();
    const report = await testStorage(world.app);
    expect(report.steps.filter((step) => step.outcome === "failed")).toEqual([]);
    expect(report.ok).toBe(true);
    expect((await listBackups(world.app, { instance: "all" })).backups).toEqual([]);
  });

  test("cleanup removes what restores kept, and nothing else", async () => {
    await using world = await testApp();
    const { app, stateDir } = world;
    await createBackup(app, {});
    const report = await (await prepareRestore(app, "latest", {})).apply();
    const before = readTree(stateDir);
    const plan = await planCleanup(app);
    expect(plan.preRestore).toMatchObject([{ path: report.preRestore }]);
    await applyCleanup(app, plan);
    expect(existsSync(report.preRestore ?? "")).toBe(false);
    expect(readTree(stateDir)).toEqual(before);
    expect((await listBackups(app)).backups).toHaveLength(1);
  });

  test("demo makes a sample where there is no installation", async () => {
    await using user = await tempDir();
    const environment = {
      ...readEnvironment(),
      userHome: user.path,
      variables: { TMPDIR: user.path },
    };
    await using app = await openApp({ environment, flags: {} });
    expect(await runDemo(app)).toMatchObject({ ok: true, isSample: true });
    expect(readTree(user.path)).toEqual({});
  });

  test("demo backs up, restores and compares, and leaves no trace", async () => {
    await using world = await testApp();
    const variables = { ...world.app.environment.variables, TMPDIR: world.user.path };
    const environment = { ...world.app.environment, variables };
    await using app = await openApp({ environment, flags: { home: world.app.settings.home } });
    const before = readTree(world.user.path);
    const report = await runDemo(app);
    expect(report).toMatchObject({ ok: true, isSample: false, stateDir: world.stateDir });
    expect(readTree(world.user.path)).toEqual(before);
  });
});
