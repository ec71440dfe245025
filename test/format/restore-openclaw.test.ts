import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createArchive } from "../../lib/backup/index.ts";
import { createBackupId } from "../../lib/base/index.ts";
import { locateInstallation } from "../../lib/openclaw/index.ts";
import {
  type ArchiveSource,
  applyRestore,
  type PlanRestoreOptions,
  planRestore,
  undoRestore,
} from "../../lib/restore/index.ts";
import { MemoryStorage } from "../../lib/storage/index.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { runOpenClaw, runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith } from "../helpers/parts.ts";
import { captureOptions } from "../helpers/plain-installation.ts";
import { bytesSource, NOW, storedSource } from "../helpers/restore-machine.ts";
import { readTree } from "../helpers/tree.ts";

const locate = ({ home }: Installation) => locateInstallation({ environment: {}, userHome: home });

/** A backup as `create` makes it. */
async function backUp(fixture: Installation): Promise<ArchiveSource> {
  const storage = new MemoryStorage();
  const { home } = fixture;
  mkdirSync(`${home}/.clawback/tmp`, { recursive: true });
  const report = await createArchive({
    id: createBackupId(NOW),
    instance: "agent-1",
    now: NOW,
    destination: { type: "storage", id: "memory", storage },
    capture: captureOptions(await locate(fixture), `${home}/.clawback/tmp`),
    openclaw: { version: "2026.9.6", schemaVersions: { state: 18, agent: 23 } },
    host: { name: "box", platform: "linux", nodeVersion: "v24.21.0" },
    clawbackVersion: "0.1.0",
  });
  return await storedSource(storage, report.id);
}

async function restore(
  fixture: Installation,
  source: ArchiveSource,
  more: Partial<PlanRestoreOptions> = {},
) {
  const { home, stateDir } = fixture;
  const installation = await locate(fixture);
  const prepared = await planRestore({
    ...{ source, stateDir, installation, home: `${home}/.clawback`, now: NOW },
    ...{ passphrases: [], privateKeys: [], environment: {} },
    ...more,
  });
  return await applyRestore(prepared);
}

/** OpenClaw itself finds the restored databases to be exactly what it needs. */
async function expectExact({ home, stateDir }: Installation): Promise<void> {
  const global = ["database", "preflight", `${stateDir}/state/openclaw.sqlite`];
  const agent = `${stateDir}/agents/main/agent/openclaw-agent.sqlite`;
  const main = ["database", "preflight-agent", agent, "--agent-id", "main"];
  for (const args of [global, main]) {
    expect(await runOpenClawJson(args, { home })).toMatchObject({ status: "exact" });
  }
}

/** Everything in the trees that are there, by path. */
function treesOf(roots: readonly string[]): Map<string, unknown> {
  const entries = roots
    .filter((root) => existsSync(root))
    .flatMap((root) =>
      Object.entries(readTree(root)).map(([path, entry]) => [`${root}/${path}`, entry] as const),
    );
  return new Map(entries);
}

describeWith(["openclaw", "installation"], "a real installation", () => {
  test("is restored in place with all its trees, and undone to the last byte and time", async () => {
    await using fixture = await openInstallation();
    const { home, stateDir, workspaces } = fixture;
    const source = await backUp(fixture);
    const roots = (await locate(fixture)).roots.map(({ path }) => path);
    expect(roots).toContain(workspaces.research);
    rmSync(workspaces.research, { recursive: true });
    rmSync(`${stateDir}/agents/research`, { recursive: true });
    writeFileSync(`${stateDir}/workspace/SOUL.md`, "somebody else");
    const broken = treesOf(roots);
    const report = await restore(fixture, source);
    expect(report.plan.mode).toBe("in-place");
    expect(report.plan.kept.count).toBeGreaterThan(0);
    expect(readFileSync(`${workspaces.research}/AGENTS.md`, "utf8")).not.toBe("");
    await expectExact(fixture);
    await undoRestore({
      ...{ home: `${home}/.clawback`, stateDir, now: NOW },
      installation: await locate(fixture),
    });
    const undone = treesOf(roots);
    expect([...undone.keys()]).toEqual([...broken.keys()]);
    for (const [path, entry] of undone) {
      // SQLite's shared memory is touched by everyone who reads a database, as looking for the installation does.
      if (!path.endsWith("-shm")) expect(entry, path).toEqual(broken.get(path));
    }
  }, 120_000);

  test("is restored in place from an archive that openclaw made", async () => {
    await using fixture = await openInstallation();
    const { home, stateDir } = fixture;
    const output = `${home}/native.tar.gz`;
    await runOpenClawJson(["backup", "create", "--output", output], { home });
    const source = { ...bytesSource(readFileSync(output)), isAtHand: true };
    writeFileSync(`${stateDir}/workspace/SOUL.md`, "somebody else");
    rmSync(`${stateDir}/state`, { recursive: true });
    const report = await restore(fixture, source);
    expect(report.plan.mode).toBe("in-place");
    expect(report.plan.databases.length).toBeGreaterThanOrEqual(3);
    expect(readFileSync(`${stateDir}/workspace/SOUL.md`, "utf8")).not.toBe("somebody else");
    const validated = await runOpenClaw(["config", "validate", "--json"], { home });
    expect(validated.code).toBe(0);
    await expectExact(fixture);
  }, 120_000);

  test("is restored in part, only its workspace or one file", async () => {
    await using fixture = await openInstallation();
    const { stateDir } = fixture;
    const source = await backUp(fixture);
    const config = `${stateDir}/openclaw.json`;
    writeFileSync(config, `${readFileSync(config, "utf8")}\n`);
    const changed = readFileSync(config, "utf8");
    writeFileSync(`${stateDir}/workspace/SOUL.md`, "somebody else");
    await restore(fixture, source, { only: ["workspace/SOUL.md"] });
    expect(readFileSync(`${stateDir}/workspace/SOUL.md`, "utf8")).not.toBe("somebody else");
    expect(readFileSync(config, "utf8")).toBe(changed);
  });
});
