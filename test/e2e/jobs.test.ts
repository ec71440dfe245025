import { mkdirSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { ownProcess } from "../../lib/filesystem/index.ts";
import { lockFile } from "../../lib/filesystem/lock-file.ts";
import { jobUser, type RunAnswer } from "../helpers/job-user.ts";

test("each job does its work, and status and runs tell of it", async () => {
  await using t = await jobUser();
  const { program } = t;
  expect((await program.run("status")).code).toBe(1);
  for (const job of ["snapshot", "archive", "verify", "retention", "before-update"]) {
    const { run } = await program.json<RunAnswer>(["run", job, "--scheduled"]);
    expect(run).toMatchObject({ job, result: "success", trigger: "schedule" });
  }
  const { backups } = await program.json<{ backups: { name: string; verifiedAt?: string }[] }>([
    ...["list", "--password", "correct horse"],
  ]);
  expect(backups.map(({ name }) => name)).toEqual(["before-update", null, null]);
  expect(backups.filter(({ verifiedAt }) => verifiedAt !== undefined)).toHaveLength(2);
  const { runs } = await program.json<{ runs: { job: string }[] }>(["runs"]);
  expect(runs.map(({ job }) => job)).toEqual([
    ...["before-update", "retention", "verify", "archive", "snapshot"],
  ]);
  const { runs: one } = await program.json<{ runs: object[] }>(["runs", "--job", "verify"]);
  expect(one).toMatchObject([
    { phases: expect.arrayContaining([{ name: "verifying", durationMs: expect.any(Number) }]) },
  ]);
  expect((await program.run("runs", "--stats")).stdout).toContain("median");
  const status = await program.json<{ jobs: object[] }>(["status"]);
  expect(status).toMatchObject({
    healthy: true,
    problems: [],
    recovery: { restoreTime: { by: "verify" } },
  });
  expect(status.jobs).toHaveLength(5);
  const { stdout } = await program.run("status", "--prometheus");
  expect(stdout).toContain('clawback_last_run_success{instance_name="box",job_name="verify"} 1\n');
  expect(stdout).toContain('clawback_healthy{instance_name="box"} 1\n');
});

test("a job that fails is recorded with its reason, status is unhealthy until it succeeds", async () => {
  await using t = await jobUser();
  const { program, dir } = t;
  await program.json(["run", "archive"]);
  rmSync(dir.join(".openclaw"), { recursive: true });
  const failed = await program.run("run", "archive");
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toContain("no OpenClaw installation was found");
  const { runs } = await program.json<{ runs: object[] }>(["runs", "--result", "failed"]);
  expect(runs).toMatchObject([
    { job: "archive", exitCode: 1, error: { code: "installation-not-found" } },
  ]);
  const unwell = await program.run("status");
  expect(unwell.code).toBe(1);
  expect(unwell.stdout).toMatch(/UNHEALTHY: job archive failed at .*no OpenClaw installation/);
  await makeSample(dir.join(".openclaw"), { files: 2 });
  await program.json(["run", "archive"]);
  expect((await program.run("status")).code).toBe(0);
});

test("a job that runs already is not run twice: exit 11, and who runs it", async () => {
  await using t = await jobUser();
  const { program, dir } = t;
  mkdirSync(dir.join(".clawback/jobs"), { mode: 0o700 });
  {
    await using _lock = await lockFile(dir.join(".clawback/jobs/snapshot.lock"));
    const second = await program.run("run", "snapshot");
    expect(second).toMatchObject({ code: 11, stdout: "" });
    expect(second.stderr).toContain(`job snapshot is running already: process ${ownProcess().pid}`);
    expect((await program.run("run", "archive")).code).toBe(0);
  }
  expect((await program.run("run", "snapshot")).code).toBe(0);
  // A second call is no run.
  expect(await program.json(["runs", "--job", "snapshot"])).toMatchObject({ runs: { length: 1 } });
});

test("run wants a job that there is, and a home", async () => {
  await using t = await jobUser();
  const { program, dir } = t;
  expect(await program.run("run", "nonsense")).toMatchObject({ code: 2, stdout: "" });
  const nowhere = await program.run("run", "snapshot", "--home", dir.join("nowhere"));
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("clawback init") });
});
