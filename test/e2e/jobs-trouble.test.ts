import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clawback } from "../helpers/clawback.ts";
import { jobUser, type RunAnswer } from "../helpers/job-user.ts";

test("damage is found by verify, told as a failure, and everything else is read all the same", async () => {
  await using t = await jobUser();
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
  await using t = await jobUser();
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
  await using t = await jobUser();
  const { program, dir } = t;
  mkdirSync(dir.join(".openclaw/state"), { recursive: true });
  const database = dir.join(".openclaw/state/openclaw.sqlite");
  writeFileSync(database, `SQLite format 3\0${"x".repeat(9000)}`);
  const { run } = await program.json<RunAnswer>(["run", "archive"], [3]);
  expect(run).toMatchObject({ result: "incomplete", facts: { degraded: true, omissions: 1 } });
});

test("each run leaves metrics for a monitor where that is wanted, and ends the same where it cannot", async () => {
  await using t = await jobUser();
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
  await using t = await jobUser();
  const { program, dir } = t;
  await program.json(["run", "archive"]);
  await program.json(["run", "snapshot"]);
  rmSync(dir.join(".clawback/cache"), { recursive: true, force: true });
  const other = clawback({ userHome: dir.path, as: "function" });
  const { run } = await other.json<RunAnswer>(["run", "retention"], [1]);
  expect(run).toMatchObject({ result: "failed", error: { code: "wrong-password" } });
});
