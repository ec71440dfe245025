import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { ownProcess } from "../../lib/filesystem/index.ts";
import { lockFile } from "../../lib/filesystem/lock-file.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  /** Changes the settings file. */
  configure(fields: object): void;
}

interface RunAnswer {
  readonly run: { readonly result: string; readonly facts: Record<string, unknown> };
}

async function user(): Promise<User> {
  const dir = await tempDir();
  await makeSample(dir.join(".openclaw"), { files: 5 });
  const env = { CLAWBACK_PASSWORD: "correct horse" };
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  const path = dir.join(".clawback/settings.json");
  const configure = (fields: object) =>
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
  return { dir, program, configure, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

test("each job does its work, and status and runs tell of it", async () => {
  await using t = await user();
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
  await using t = await user();
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
  await using t = await user();
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

test("damage is found by verify, told as a failure, and everything else is read all the same", async () => {
  await using t = await user();
  const { program, dir } = t;
  const { id } = await program.json<{ id: string }>(["create"]);
  await program.json(["snapshot"]);
  const path = dir.join(`.clawback/storage/box/archives/${id}/archive.tar.gz.gpg`);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const { run, report } = await program.json<RunAnswer & { report: { repositories: object[] } }>(
    ["run", "verify"],
    [1],
  );
  expect(run).toMatchObject({ result: "failed", error: { code: "data-corrupt" } });
  expect(report).toMatchObject({ ok: false, repositories: [{ ok: true }] });
});

test("a spoiled record of runs stops no backup", async () => {
  await using t = await user();
  const { program, dir } = t;
  writeFileSync(dir.join(".clawback/runs.sqlite"), "junk");
  const { code, stderr } = await program.run("run", "snapshot");
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("a new record begins"),
  });
  expect((await program.json<{ runs: object[] }>(["runs"])).runs).toHaveLength(1);
});

test("omissions end a job with 3, which is no failure", async () => {
  await using t = await user();
  const { program, dir } = t;
  mkdirSync(dir.join(".openclaw/state"), { recursive: true });
  const database = dir.join(".openclaw/state/openclaw.sqlite");
  writeFileSync(database, `SQLite format 3\0${"x".repeat(9000)}`);
  const { run } = await program.json<RunAnswer>(["run", "archive"], [3]);
  expect(run).toMatchObject({ result: "incomplete", facts: { degraded: true, omissions: 1 } });
});

test("each run leaves metrics for a monitor where that is wanted, and ends the same where it cannot", async () => {
  await using t = await user();
  const { program, dir, configure } = t;
  mkdirSync(dir.join("metrics"));
  configure({ health: { metricsDirectory: "~/metrics" } });
  await program.json(["run", "archive"]);
  const path = dir.join("metrics/clawback-box.prom");
  expect(readFileSync(path, "utf8")).toContain(
    'clawback_last_run_success{instance_name="box",job_name="archive"} 1\n',
  );
  expect(statSync(path).mode & 0o777).toBe(0o644);
  rmSync(dir.join("metrics"), { recursive: true });
  const { code, stderr } = await program.run("run", "archive");
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("metrics could not be written"),
  });
});

test("retention fails where it could not look at snapshots, instead of thinning out nothing without a word", async () => {
  await using t = await user();
  const { program, dir } = t;
  await program.json(["run", "archive"]);
  await program.json(["run", "snapshot"]);
  rmSync(dir.join(".clawback/cache"), { recursive: true, force: true });
  const other = clawback({ userHome: dir.path, as: "function" });
  const { run } = await other.json<RunAnswer>(["run", "retention"], [1]);
  expect(run).toMatchObject({ result: "failed", error: { code: "wrong-password" } });
});

test("run wants a job that there is, and a home", async () => {
  await using t = await user();
  const { program, dir } = t;
  expect(await program.run("run", "nonsense")).toMatchObject({ code: 2, stdout: "" });
  const nowhere = await program.run("run", "snapshot", "--home", dir.join("nowhere"));
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("clawback init") });
});
