import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applySchedule, planSchedule } from "../../lib/schedule/index.ts";
import { startGateway } from "../helpers/gateway.ts";
import { openInstallation } from "../helpers/installation.ts";
import { openClawEnvironment } from "../helpers/openclaw.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { KNOWN_JOBS, scheduleHost } from "../helpers/schedule-host.ts";
import { NODE } from "../parts/environment.ts";

describeWith(["openclaw", "installation"], "a real Gateway's automations", () => {
  test("run a job as it was declared, declare it once, and let go of it", async () => {
    await using fixture = await openInstallation();
    const { home } = fixture;
    await using gateway = await startGateway(home);
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
});
