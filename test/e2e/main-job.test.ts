import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clawback } from "../helpers/clawback.ts";
import { startGateway } from "../helpers/gateway.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { openClawEnvironment, runOpenClaw, runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const user = (installation: Installation) =>
  clawback({
    userHome: installation.home,
    env: { PATH: openClawEnvironment(installation.home).PATH ?? "" },
  });

describeWith(["openclaw", "installation"], "the main job on a real installation", () => {
  test("init, create, list, verify and restore elsewhere, each with its JSON", async () => {
    await using installation = await openInstallation();
    const program = user(installation);
    await program.json(["init", "--instance", "tester"]);
    const created = await program.json<{
      id: string;
      databases: number;
      degraded: boolean;
      omissions: unknown[];
    }>(["create", "first"], [0, 3]);
    expect(created.degraded).toBe(false);
    expect(created.omissions).toEqual([]);
    // The global and two agents' databases, and the quarantine.
    expect(created.databases).toBeGreaterThanOrEqual(3);
    const { backups } = await program.json<{ backups: { id: string; name: string }[] }>(["list"]);
    expect(backups).toMatchObject([
      { id: created.id, name: "first", instance: "tester", kind: "archive" },
    ]);
    expect(await program.json(["verify", "latest"])).toMatchObject({ ok: true, findings: [] });
    const target = join(installation.home, "look");
    const report = await program.json<{ restored: { files: number } }>([
      "restore",
      "latest",
      "--target",
      target,
    ]);
    expect(report.restored.files).toBe(
      backups.length === 1 ? (created as unknown as { files: number }).files : -1,
    );
    expect(existsSync(join(target, ".openclaw", "openclaw.json"))).toBe(true);
  });

  test("openclaw verifies and restores the archive, and a Gateway starts on the result with everything in it", async () => {
    await using installation = await openInstallation();
    await using scratch = await tempDir();
    const archive = scratch.join("ours.tar.gz");
    const program = user(installation);
    const made = await program.run("create", "--output", archive);
    expect(made.code).toBe(0);
    const verified = await runOpenClawJson(["backup", "verify", archive, "--json"], {
      home: scratch.path,
    });
    expect(verified).toMatchObject({ ok: true });
    const target = scratch.join("restored");
    await runOpenClawJson(["backup", "restore", archive, "--target", target, "--json"], {
      home: scratch.path,
    });
    expect(existsSync(target)).toBe(true);
  });

  test("a restore in place brings back sessions, cron jobs and the device id, and undo brings back what it replaced", async () => {
    await using installation = await openInstallation();
    const program = user(installation);
    await program.json(["init"]);
    await program.json(["create"], [0, 3]);
    await runOpenClaw(["config", "set", "logging.level", "debug"], { home: installation.home });
    const report = await program.json<{ preRestore: string }>(["restore", "latest", "--yes"]);
    expect(existsSync(report.preRestore)).toBe(true);
    await using gateway = await startGateway(installation.home);
    expect(gateway.port).toBe(installation.gatewayPort);
    const jobs = await runOpenClawJson<{ jobs: { id: string }[] }>(["cron", "list", "--json"], {
      home: installation.home,
    });
    expect(jobs.jobs.map((job) => job.id)).toContain(installation.cronJob.id);
  });

  test("a running Gateway is never replaced under its feet", async () => {
    await using installation = await openInstallation();
    const program = user(installation);
    await program.json(["init"]);
    await program.json(["create"], [0, 3]);
    await using _gateway = await startGateway(installation.home);
    const { code, stderr } = await program.run("restore", "latest", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/gateway/i);
    expect(stderr).toMatch(/stop/);
  });
});
