import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findGateway, gatewayStopCommand, locateInstallation } from "../../lib/openclaw/index.ts";
import { applySchedule, planSchedule } from "../../lib/schedule/index.ts";
import { clawback } from "../helpers/clawback.ts";
import { type FakeModel, startFakeModel } from "../helpers/fake-model.ts";
import { type Gateway, startGateway } from "../helpers/gateway.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { openClawEnvironment } from "../helpers/openclaw.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { KNOWN_JOBS, scheduleHost } from "../helpers/schedule-host.ts";
import { answers, type Server, startServer } from "../helpers/servers.ts";
import { NODE } from "../parts/environment.ts";

interface Answer {
  readonly plan: { readonly entries: readonly { readonly path: string }[] };
}

const locate = ({ home }: Installation) => locateInstallation({ environment: {}, userHome: home });
const lockOf = ({ stateDir }: Installation): string =>
  `${stateDir}/tmp/openclaw-${process.getuid?.()}/gateway.state.lock`;

// A Gateway costs twenty seconds of a processor to start: all these look at one, in order, and the last ones at its successor.
describeWith(["openclaw", "installation"], "a real Gateway", () => {
  let model: FakeModel;
  let fixture: Installation;
  let gateway: Gateway;

  beforeAll(async () => {
    model = await startFakeModel();
    fixture = await openInstallation({ modelUrl: model.url });
    expect(await findGateway(await locate(fixture))).toEqual({ status: "stopped" });
    gateway = await startGateway(fixture.home);
  }, 240_000);
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await fixture?.[Symbol.asyncDispose]();
    await model?.[Symbol.asyncDispose]();
  });

  const isHealthy = async (): Promise<boolean> =>
    (await gateway.run("gateway", "call", "health", "--json")).code === 0;

  test("makes a copy of the installation live on as if made there", async () => {
    const { stateDir, cronJob, plugins, sessionKeys, tool } = fixture;
    const json = async <T>(...args: string[]): Promise<T> =>
      JSON.parse((await gateway.run(...args, "--json")).stdout) as T;

    const { jobs } = await json<{ jobs: { id: string }[] }>("cron", "list");
    expect(jobs).toContainEqual(expect.objectContaining(cronJob));
    const { sessions } = await json<{ sessions: { key: string }[] }>("sessions", "--all-agents");
    expect(sessions.map(({ key }) => key).sort()).toEqual(Object.values(sessionKeys).flat());
    const list = await json<{ plugins: object[]; diagnostics: object[] }>("plugins", "list");
    for (const id of Object.values(plugins)) {
      expect(list.plugins).toContainEqual(expect.objectContaining({ id, status: "loaded" }));
    }
    expect(list.diagnostics).toEqual([]);
    const message = `USE TOOL:${tool} {"text":"more tea"}`;
    const turn = ["--agent", "main", "--session-key", sessionKeys.main[0] ?? "", "--message"];
    expect(await json("agent", ...turn, message)).toMatchObject({ status: "ok" });

    const notes = readFileSync(join(stateDir, "demo-notes", "notes.jsonl"), "utf8");
    expect(notes).toBe('{"text":"buy tea"}\n{"text":"more tea"}\n');
    const path = join(stateDir, "state", "openclaw.sqlite");
    using database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare("SELECT device_id FROM device_identities").all()).toEqual([
      { device_id: fixture.deviceId },
    ]);
  }, 240_000);

  test("has automations that run a job as it was declared, declare it once, and let go of it", async () => {
    const { home } = fixture;
    const bin = `${home}/bin`;
    mkdirSync(bin);
    writeFileSync(`${bin}/openclaw`, `#!/bin/sh\nexec "${NODE}" "${partPath("openclaw")}" "$@"\n`);
    // Stands for clawback: says what it was started with.
    writeFileSync(`${bin}/clawback`, `#!/bin/sh\necho "$@" "$WORD" > "${home}/started"\n`);
    for (const name of ["openclaw", "clawback"]) chmodSync(`${bin}/${name}`, 0o755);
    const host = scheduleHost(home, {
      instance: "box",
      program: [`${bin}/clawback`],
      environment: { WORD: 'it\'s "100%" $HOME' },
      variables: openClawEnvironment(home, { PATH: `${bin}:/usr/bin:/bin` }),
    });
    const plan = (jobs: readonly { job: string; cron: string }[]) =>
      planSchedule(host, { kind: "openclaw", scope: "user", jobs, knownJobs: KNOWN_JOBS });
    const ours = async () => {
      const { jobs } = JSON.parse((await gateway.run("cron", "list", "--all", "--json")).stdout);
      return jobs.filter(({ declarationKey = "" }: { declarationKey?: string }) =>
        declarationKey.startsWith("clawback-"),
      );
    };
    await applySchedule(host, await plan([{ job: "snapshot", cron: "17 * * * *" }]));
    const [job, ...others] = await ours();
    expect(others).toEqual([]);
    expect(job).toMatchObject({
      schedule: { kind: "cron", expr: "17 * * * *" },
      payload: { argv: [...host.program, "run", "snapshot", "--scheduled", "--quiet"] },
      delivery: { mode: "none" },
    });
    expect((await plan([{ job: "snapshot", cron: "17 * * * *" }])).isDone).toBe(true);
    await applySchedule(host, await plan([{ job: "snapshot", cron: "18 * * * *" }]));
    expect(await ours()).toMatchObject([{ id: job.id, schedule: { expr: "18 * * * *" } }]);
    expect((await gateway.run("cron", "run", job.id, "--wait")).code).toBe(0);
    expect(readFileSync(`${home}/started`, "utf8")).toBe(
      `run snapshot --scheduled --quiet it's "100%" $HOME\n`,
    );
    await applySchedule(host, await plan([]));
    expect(await ours()).toEqual([]);
    // Each of a dozen calls of openclaw takes seconds.
  }, 600_000);

  test("stays healthy beside a rollback; that of databases waits until it is stopped, and its successor starts on it", async () => {
    const { configPath, workspaces } = fixture;
    const program = clawback({ userHome: fixture.home, as: "function" });
    await program.json(["init", "--instance", "box"]);
    await program.json(["snapshot", "--name", "good"]);
    const config = readFileSync(configPath, "utf8");
    writeFileSync(configPath, config.replace("{", "{ // an agent was here\n"));
    writeFileSync(`${workspaces.main}/MEMORY.md`, "gone");
    rmSync(workspaces.research, { recursive: true });
    await program.json(["rollback", "good", "--yes"]);
    expect(readFileSync(configPath, "utf8")).toBe(config);
    const { plan } = await program.json<Answer>(["rollback", "good", "--preview"]);
    expect(plan.entries).toEqual([]);
    expect(await isHealthy()).toBe(true);
    const all = ["rollback", "good", "state", "--with-databases", "--yes", "--json"];
    const refused = await program.run(...all);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({
      code: "gateway-running",
      hint: expect.stringContaining("openclaw gateway stop"),
    });
    await gateway[Symbol.asyncDispose]();
    await program.json(["rollback", "good", "--with-databases", "--yes"]);
    await program.json(["rollback", "--undo", "--yes"]);
    expect(await findGateway(await locate(fixture))).toEqual({ status: "stopped" });
    gateway = await startGateway(fixture.home);
    expect(await isHealthy()).toBe(true);
  }, 240_000);

  test("is seen while it runs, is not disturbed by the question, and is gone when it was killed", async () => {
    const found = await locate(fixture);
    const state = await findGateway(found);
    expect(state).toMatchObject({
      status: "running",
      port: gateway.port,
      evidence: "lock",
      lockPath: lockOf(fixture),
    });
    // OpenClaw may start itself again with other flags, so that the owner is not the process that the test started.
    const { pid } = JSON.parse(readFileSync(lockOf(fixture), "utf8"));
    expect(gatewayStopCommand(state)).toContain(`kill ${pid}`);
    expect(await isHealthy()).toBe(true);

    await gateway.kill();
    expect(existsSync(lockOf(fixture))).toBe(true);
    // The kernel takes a moment to close what a killed process had open.
    await expect.poll(() => findGateway(found), { timeout: 10_000 }).toEqual({ status: "stopped" });
  });
});

describeWith(["openclaw", "installation", "root"], "a Gateway in a container", () => {
  /** Its own process namespace is what hides it; the files are the same. */
  function startContained({ home, gatewayPort }: Installation): Promise<Server> {
    return startServer({
      name: "openclaw gateway in its own process namespace",
      port: gatewayPort,
      cwd: home,
      env: openClawEnvironment(home),
      command: (port) => [
        ...(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const),
        ...[NODE, partPath("openclaw"), "gateway", "run", "--port", String(port)],
      ],
      isReady: (port) => answers(`http://127.0.0.1:${port}/healthz`),
      startTimeoutMs: 120_000,
      stopTimeoutMs: 20_000,
    });
  }

  test("counts as running although its process is not seen, until it is gone", async () => {
    await using fixture = await openInstallation();
    const found = await locate(fixture);
    {
      await using _ = await startContained(fixture);
      const state = await findGateway(found);
      expect(state).toMatchObject({ status: "running", evidence: "foreign-lock" });
      expect(gatewayStopCommand(state)).toContain("stop the container");
    }
    expect(await findGateway(found)).toEqual({ status: "stopped" });
  });
});
