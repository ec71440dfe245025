import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type Gateway, startGateway } from "../helpers/gateway.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";
import { bareEnvironment } from "../parts/environment.ts";

interface Created {
  readonly id: string;
  readonly files: number;
  readonly databases: number;
  readonly degraded: boolean;
  readonly omissions: readonly { readonly path: string; readonly reason: string }[];
}

/** What the user of a Gateway would miss. */
interface Agent {
  readonly sessions: readonly string[];
  readonly cronJobs: readonly string[];
  readonly deviceId: string;
}

// One installation for all: its paths are in the backup, so each test leaves it as it found it, with the Gateway stopped.
describeWith(["openclaw", "installation"], "the main job on a real installation", () => {
  let installation: Installation;
  let scratch: TempDir;
  let program: Clawback;

  beforeAll(async () => {
    installation = await openInstallation();
    scratch = await tempDir();
    program = clawback({ userHome: installation.home, env: { PATH: pathWithOpenClaw() } });
    await program.json(["init", "--instance", "tester"]);
  });
  afterAll(async () => {
    await installation[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });

  async function lookAt(gateway: Gateway): Promise<Agent> {
    const ask = async <T>(...args: string[]): Promise<T> => {
      const { code, stdout, stderr } = await gateway.run(...args, "--json");
      if (code !== 0) throw new Error(`openclaw ${args.join(" ")}: ${stdout}\n${stderr}`);
      return JSON.parse(stdout) as T;
    };
    const { sessions } = await ask<{ sessions: { key: string }[] }>("sessions", "--all-agents");
    const { jobs } = await ask<{ jobs: { id: string; declarationKey?: string }[] }>("cron", "list");
    return {
      sessions: sessions.map(({ key }) => key).sort(),
      // Those without a key were added by a person; the Gateway makes the others itself.
      cronJobs: jobs.filter(({ declarationKey }) => !declarationKey).map(({ id }) => id),
      deviceId: readDeviceId(installation),
    };
  }

  const everything = (): Agent => ({
    sessions: Object.values(installation.sessionKeys).flat().sort(),
    cronJobs: [installation.cronJob.id],
    deviceId: installation.deviceId,
  });

  test("create, list, verify and restore elsewhere agree with each other", async () => {
    const created = await program.json<Created>(["create", "first"]);
    expect(created).toMatchObject({ degraded: false, omissions: [] });
    // The global one, and one for each agent.
    expect(created.databases).toBeGreaterThanOrEqual(3);
    expect(await program.json(["list"])).toMatchObject({
      backups: [{ id: created.id, name: "first", instance: "tester", openclawVersion: "2026.9.6" }],
    });
    expect(await program.json(["verify", "latest"])).toMatchObject({
      ok: true,
      findings: [],
      checked: { files: created.files, databases: created.databases },
    });
    const target = scratch.join("look");
    const report = await program.json(["restore", "latest", "--target", target]);
    expect(report).toMatchObject({ restored: { files: created.files }, preRestore: null });
    const { main, research } = installation.workspaces;
    for (const [live, restored] of [
      [main, join(target, ".openclaw", "workspace")],
      [research, join(target, "research")],
    ] as const) {
      expect(contentOf(restored)).toEqual(contentOf(live));
    }
  });

  test("while a Gateway runs, create captures it whole, and no restore replaces it under its feet", async () => {
    await using gateway = await startGateway(installation.home);
    expect(await lookAt(gateway)).toEqual(everything());
    const created = await program.json<Created>(["create", "live"], [0, 3]);
    expect(created.degraded).toBe(false);
    // Whatever else is omitted, no database that OpenClaw owns is.
    expect(created.omissions.filter(({ path }) => path.endsWith(".sqlite"))).toEqual([]);
    expect(await program.json(["verify", created.id])).toMatchObject({ ok: true });
    const { ino } = statSync(installation.stateDir);
    const dryRun = await program.run("restore", "live", "--dry-run");
    expect(dryRun.stdout).toMatch(/a Gateway uses the state directory .* stop it with/);
    for (const args of [["live"], ["live", "--only", "workspace/MEMORY.md"]]) {
      const { code, stdout, stderr } = await program.run("restore", ...args, "--yes");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/a Gateway uses the state directory/);
      expect(stderr).toMatch(/openclaw gateway stop.*nothing was changed/);
    }
    expect(statSync(installation.stateDir).ino).toBe(ino);
    expect((await gateway.run("gateway", "call", "health", "--json")).code).toBe(0);
  });

  test("openclaw verifies and restores what was captured live, and a Gateway starts on it with everything", async () => {
    const { home, stateDir, workspaces } = installation;
    const archive = scratch.join("exported.tar.gz");
    await program.json(["export", "live", archive]);
    // A home of its own: OpenClaw refuses to restore beside a live installation.
    const elsewhere = { home: scratch.path };
    expect(await runOpenClawJson(["backup", "verify", archive], elsewhere)).toMatchObject({
      ok: true,
      runtimeVersion: "2026.9.6",
    });
    const target = scratch.join("by-openclaw");
    const { archiveRoot } = await runOpenClawJson<{ archiveRoot: string }>(
      ["backup", "restore", archive, "--target", target],
      elsewhere,
    );
    const payload = join(target, archiveRoot, "payload", "posix");
    await using _moved = exchange(
      [stateDir, join(payload, stateDir)],
      [workspaces.research, join(payload, workspaces.research)],
    );
    {
      // A plugin from npm is in no backup; without this, OpenClaw would look for it in the registry before it serves.
      await using gateway = await startGateway(home, { env: { npm_config_offline: "true" } });
      expect(await lookAt(gateway)).toEqual(everything());
    }
  });

  test("after the agent broke itself, restore puts it back as it was, and undo is the way back from that", async () => {
    const { home, stateDir } = installation;
    rmSync(join(stateDir, "state"), { recursive: true });
    rmSync(join(stateDir, "agents", "research"), { recursive: true });
    rmSync(installation.workspaces.research, { recursive: true });
    writeFileSync(join(stateDir, "openclaw.json"), "{ broken");
    const broken = contentOf(stateDir);

    const report = await program.json<{ preRestore: string }>(["restore", "latest", "--yes"]);
    expect(report.preRestore).toMatch(/\.openclaw\.pre-restore-\d{8}T\d{6}Z$/);
    expect(existsSync(installation.workspaces.research)).toBe(true);
    // Plugins from npm are in no backup; they are carried over.
    expect(existsSync(join(stateDir, "npm", "projects", installation.plugins.npm))).toBe(true);
    {
      await using gateway = await startGateway(home);
      expect(await lookAt(gateway)).toEqual(everything());
    }
    await program.json(["restore", "--undo", "--yes"]);
    expect(contentOf(stateDir)).toEqual(broken);
    expect(existsSync(installation.workspaces.research)).toBe(false);
    await program.json(["restore", "--undo", "--yes"]);
    expect(existsSync(installation.workspaces.research)).toBe(true);
  });
});

/** A tree without the times of its directories, which change with whatever comes and goes in them. */
function contentOf(root: string): object {
  const entries = Object.entries(readTree(root)).map(([path, { mtimeUs, ...entry }]) =>
    entry.type === "dir" ? [path, entry] : [path, { ...entry, mtimeUs }],
  );
  return Object.fromEntries(entries);
}

/** As a user has it, who calls OpenClaw by its name. */
function pathWithOpenClaw(): string {
  const bin = join(dirname(partPath("openclaw")), "..", ".bin");
  return [bin, bareEnvironment().PATH].join(delimiter);
}

/** Puts other trees into the place of these, and back at the end. */
function exchange(...pairs: readonly (readonly [place: string, other: string])[]): AsyncDisposable {
  for (const [place, other] of pairs) {
    renameSync(place, `${place}.aside`);
    renameSync(other, place);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const [place] of pairs) {
        rmSync(place, { recursive: true });
        renameSync(`${place}.aside`, place);
      }
    },
  };
}

function readDeviceId({ stateDir }: Installation): string {
  const database = new DatabaseSync(join(stateDir, "state", "openclaw.sqlite"), {
    readOnly: true,
  });
  try {
    return String(database.prepare("SELECT device_id FROM device_identities").get()?.device_id);
  } finally {
    database.close();
  }
}
