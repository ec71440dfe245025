import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { CLAWBACK_PROGRAM, clawback, clawbackEnvironment } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";
import { NODE } from "../parts/environment.ts";
import { type Finished, run } from "../parts/run.ts";

/** A machine with an installation, a disk, and a crontab of its own. */
async function machine(): Promise<{ user: TempDir; program: ReturnType<typeof clawback> }> {
  const user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 3 });
  mkdirSync(user.join("bin"));
  const file = user.join("crontab.txt");
  const script = `#!/bin/sh\ncase "$1" in -l) exec cat "${file}" ;; -) exec cat > "${file}" ;; esac\n`;
  writeFileSync(user.join("bin/crontab"), script);
  writeFileSync(file, "15 1 * * * mine\n");
  chmodSync(user.join("bin/crontab"), 0o755);
  const env = { PATH: `${user.join("bin")}:/usr/bin:/bin` };
  return { user, program: clawback({ userHome: user.path, env, as: "function" }) };
}

test("a disk, jobs and a verified backup by one command; a second one changes nothing; what is missing later is told", async () => {
  const { user, program } = await machine();
  await using _user = user;
  const wanted = ["--path", user.join("disk"), "--instance", "box", "--schedule", "cron"];
  const { plan } = await program.json<{ plan: object }>(["setup", ...wanted, "--plan"]);
  expect(plan).toMatchObject({
    isDone: false,
    settings: { action: "create" },
    schedule: { kind: "cron", isDone: false },
  });
  expect(existsSync(user.join(".clawback"))).toBe(false);
  const made = await program.json(["setup", ...wanted, "--snapshots", "daily", "--yes"]);
  expect(made).toMatchObject({
    ok: true,
    firstBackup: { state: "made", verified: true },
    schedule: { state: "installed", kind: "cron" },
    protection: { level: "none", reasons: ["a directory keeps no versions"] },
  });
  const lines = readFileSync(user.join("crontab.txt"), "utf8");
  expect(lines).toMatch(/^15 1 \* \* \* mine\n/);
  expect(lines).toMatch(/\n\d+ \d+ \* \* \* env .* run snapshot /);
  const before = readTree(user.join(".clawback"));
  const again = await program.json(["setup", "--yes"]);
  expect(again).toMatchObject({ changed: 0, firstBackup: { state: "kept" } });
  expect(readTree(user.join(".clawback"))["settings.json"]).toEqual(before["settings.json"]);
  expect(readFileSync(user.join("crontab.txt"), "utf8")).toBe(lines);
  expect(await program.json(["setup", "--check"])).toMatchObject({ ok: true });
  await program.json(["schedule", "remove", "--yes"]);
  const check = await program.run("setup", "--check");
  expect(check).toMatchObject({ code: 1 });
  expect(check.stdout).toMatch(/the jobs are not in cron as they were/);
});

test("answers from standard input; printed answers give the same setup again", async () => {
  const { user } = await machine();
  await using _user = user;
  const answers = {
    version: 1,
    instance: "box",
    storage: { type: "directory", path: user.join("disk") },
    retention: { snapshots: "keep-30" },
    firstBackup: false,
  };
  const start = (args: readonly string[], input: string): Promise<Finished> =>
    run(NODE, [CLAWBACK_PROGRAM, "setup", "--answers", "-", ...args], {
      env: clawbackEnvironment({ userHome: user.path }),
      cwd: user.path,
      input,
    });
  const printed = await start(["--print-answers"], JSON.stringify(answers));
  expect(JSON.parse(printed.stdout)).toEqual({
    ...answers,
    storage: { ...answers.storage, id: "disk" },
    snapshots: "hourly",
  });
  expect((await start(["--yes"], printed.stdout)).code).toBe(0);
  expect((await start(["--check"], printed.stdout)).stdout).toMatch(/stands as it was set up/);
  const broken = await start(["--yes"], '{"version": 1');
  expect(broken).toMatchObject({ code: 2, stdout: "" });
  expect(broken.stderr).toMatch(/standard input is not valid JSON: line 1/);
});

test("a home is not given another instance, nor a storage another kind", async () => {
  const { user, program } = await machine();
  await using _user = user;
  const disk = ["--path", user.join("disk"), "--no-first-backup", "--yes"];
  await program.json(["setup", ...disk, "--instance", "box"]);
  const renamed = await program.run("setup", ...disk, "--instance", "other");
  expect(renamed.stderr).toMatch(/keeps backups of instance "box", not of "other"/);
  const second = await program.json([
    "setup",
    "--path",
    user.join("disk2"),
    "--storage",
    "two",
    ...disk.slice(2),
  ]);
  expect(second).toMatchObject({ storage: "two" });
  const { storages } = JSON.parse(readFileSync(user.join(".clawback/settings.json"), "utf8"));
  expect(storages.map(({ id }: { id: string }) => id)).toEqual(["disk", "two"]);
});
