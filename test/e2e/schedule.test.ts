import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  crontab(): string | undefined;
}

/** A crontab of its own, in place of the machine's. */
const CRONTAB = (path: string) => `#!/bin/sh
case "$1" in
  -l) [ -f "${path}" ] && exec cat "${path}"; echo "no crontab for me" >&2; exit 1 ;;
  -) exec cat > "${path}" ;;
esac
`;

async function user(env: Readonly<Record<string, string>> = {}): Promise<User> {
  const dir = await tempDir();
  await makeSample(dir.join(".openclaw"), { files: 3 });
  mkdirSync(dir.join("bin"));
  const path = dir.join("crontab.txt");
  writeFileSync(dir.join("bin/crontab"), CRONTAB(path));
  chmodSync(dir.join("bin/crontab"), 0o755);
  const variables = { PATH: `${dir.join("bin")}:/usr/bin:/bin`, ...env };
  const program = clawback({ userHome: dir.path, env: variables, as: "function" });
  await program.json(["init", "--instance", "box"]);
  return {
    dir,
    program,
    crontab: () => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const settingsOf = ({ dir }: User) =>
  JSON.parse(readFileSync(dir.join(".clawback/settings.json"), "utf8"));

test("a crontab gets our lines after they were shown, twice is once, and remove gives back every byte", async () => {
  await using t = await user();
  const { program, dir } = t;
  const mine = "MAILTO=me\n15 1 * * * mine\n";
  writeFileSync(dir.join("crontab.txt"), mine);
  const asked = await program.run("schedule", "install", "--kind", "cron");
  expect(asked).toMatchObject({ code: 2, stdout: "" });
  expect(asked.stderr).toContain("run snapshot --scheduled --quiet");
  const dry = await program.run("schedule", "install", "--kind", "cron", "--dry-run");
  expect(dry.stdout).toContain("put these lines into the crontab:");
  expect(t.crontab()).toBe(mine);

  await program.json(["schedule", "install", "--kind", "cron", "--yes"]);
  const installed = t.crontab() ?? "";
  expect(installed.startsWith(mine)).toBe(true);
  expect(installed).toContain("@reboot ");
  for (const line of installed.split("\n").filter((each) => each.includes("--quiet")))
    expect(dry.stdout).toContain(line);
  await program.json(["schedule", "install", "--kind", "cron", "--yes"]);
  expect(t.crontab()).toBe(installed);

  const shown = await program.json<{ jobs: { job: string; next: string }[]; installed: object[] }>([
    "schedule",
    "show",
  ]);
  expect(shown.jobs.map(({ job }) => job)).toEqual(["snapshot", "archive", "retention", "verify"]);
  expect(shown.installed).toMatchObject([{ kind: "cron", scope: "user", jobs: { length: 4 } }]);
  const { jobs } = await program.json<{ jobs: object[] }>(["status"], [1]);
  expect(jobs).toMatchObject([{ job: "snapshot", next: shown.jobs[0]?.next }, {}, {}, {}]);

  await program.json(["schedule", "remove", "--yes"]);
  expect(t.crontab()).toBe(mine);
  expect(await program.json(["schedule", "remove", "--yes"])).toEqual({ removed: [] });
  expect(await program.json(["status"], [1])).toMatchObject({ jobs: [] });
});

test("the older tool's words work: --interval chooses how often, --disable takes it away", async () => {
  await using t = await user();
  const { program } = t;
  await program.json(["schedule", "--interval", "weekly", "--yes"]);
  expect(settingsOf(t).jobs).toEqual({ snapshot: { at: "weekly" } });
  expect(t.crontab()).toMatch(/\n\d+ 2 \* \* 0 env .* run snapshot /);
  await program.json(["schedule", "--interval", "hourly", "--yes"]);
  expect(t.crontab()).toMatch(/\n\d+ \* \* \* \* env .* run snapshot /);
  await program.json(["schedule", "--disable", "--yes"]);
  expect(t.crontab()).toBe("");
  expect((await program.run("schedule", "--interval", "yearly", "--yes")).code).toBe(2);
});

test("units are written and taken away, other files stay, and a file of another's stops it", async () => {
  await using t = await user();
  const { program, dir } = t;
  const units = dir.join(".config/systemd/user");
  const install = ["schedule", "install", "--kind", "systemd", "--no-activate", "--yes"];
  await program.json(install);
  expect(readdirSync(units)).toHaveLength(8);
  const service = readFileSync(`${units}/clawback-box-snapshot.service`, "utf8");
  expect(service).toMatch(/^MemoryMax=1200M\nNice=10\nIOSchedulingClass=idle$/m);
  expect(service).toContain("\nSuccessExitStatus=3\n");
  expect(readFileSync(`${units}/clawback-box-snapshot.timer`, "utf8")).toContain(
    "\nPersistent=true\n",
  );
  // Another instance with a name that begins so.
  writeFileSync(`${units}/clawback-box-2-snapshot.timer`, "theirs");
  writeFileSync(
    dir.join(".clawback/settings.json"),
    JSON.stringify({ ...settingsOf(t), jobs: { archive: { at: "off" } } }),
  );
  await program.json(install);
  expect(readdirSync(units).toSorted()).toEqual(
    [
      "clawback-box-2-snapshot.timer",
      ...["retention", "snapshot", "verify"].flatMap((job) => [
        `clawback-box-${job}.service`,
        `clawback-box-${job}.timer`,
      ]),
    ].toSorted(),
  );
  await program.json(["schedule", "remove", "--yes"]);
  expect(readdirSync(units)).toEqual(["clawback-box-2-snapshot.timer"]);

  writeFileSync(`${units}/clawback-box-verify.timer`, "by hand");
  const refused = await program.run(...install);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("clawback did not write it"),
  });
  expect(readdirSync(units)).toHaveLength(2);
});

test("the Gateway's unit finishes an interrupted restore before it starts, until all is taken away", async () => {
  await using t = await user();
  const { program, dir } = t;
  const install = ["schedule", "install", "--kind", "systemd", "--no-activate", "--yes"];
  await program.json([...install, "--gateway-unit", "openclaw-gateway.service"]);
  const path = dir.join(".config/systemd/user/openclaw-gateway.service.d/50-clawback-box.conf");
  expect(readFileSync(path, "utf8")).toMatch(
    /^ExecStartPre=-\/usr\/bin\/env .* runs --limit 1 --quiet$/m,
  );
  await program.json(install);
  expect(existsSync(path)).toBe(true);
  await program.json(["schedule", "remove", "--yes"]);
  expect(existsSync(path)).toBe(false);
  const wrong = await program.run(...install, "--gateway-unit", "../../x");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("no name of a service") });
});

test("jobs are printed for those who want the agent itself to run them", async () => {
  await using t = await user();
  const { turns } = await t.program.json<{ turns: object[] }>(["schedule", "show", "--agent-turn"]);
  expect(turns).toHaveLength(4);
  expect(turns[0]).toMatchObject({
    name: "clawback-snapshot",
    schedule: { kind: "cron", expr: expect.stringMatching(/^\d+ \* \* \* \*$/) },
    payload: { kind: "agentTurn", message: expect.stringContaining("clawback run snapshot") },
    sessionTarget: "isolated",
  });
});

test.skipIf(process.platform !== "linux")(
  "a swap file is shown before it is made, and nothing is changed by showing it",
  async () => {
    await using t = await user();
    const path = t.dir.join("swapfile");
    const line = ["schedule", "swap", "--size", "1M", "--path", path];
    const { plan } = await t.program.json<{ plan: object }>([...line, "--dry-run"]);
    expect(plan).toMatchObject({ path, sizeBytes: 1_048_576, isDone: false });
    const asked = await t.program.run(...line);
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`run: mkswap ${path}`),
    });
    expect((await t.program.run(...line, "--remove")).stdout).toContain("no swap file of clawback");
    expect(existsSync(path)).toBe(false);
  },
);

test("no secret is written, and it is said what to do instead", async () => {
  await using t = await user({
    ...{
      CLAWBACK_PASSWORD: "correct horse",
      AWS_SECRET_ACCESS_KEY: "s3cr3t",
      AWS_PROFILE: "backup",
    },
    ...{ CLAWBACK_ENCRYPTION_KEY: "a".repeat(64) },
  });
  const { program } = t;
  const { installed } = await program.json<{ installed: { notes: string[] } }>([
    "schedule",
    "install",
    "--kind",
    "cron",
    "--yes",
  ]);
  expect(installed.notes.join("\n")).toContain("CLAWBACK_PASSWORD_FILE");
  expect(t.crontab()).toContain("AWS_PROFILE=backup");
  for (const secret of ["correct horse", "s3cr3t", "aaaa"])
    expect(t.crontab()).not.toContain(secret);
});

test("paths that were given from where one stands mean the same for a timer", async () => {
  await using t = await user({
    CLAWBACK_PASSWORD_FILE: "secrets/password",
    AWS_CA_BUNDLE: "/etc/ca",
  });
  await t.program.json(["schedule", "install", "--kind", "cron", "--yes"]);
  expect(t.crontab()).toContain(`CLAWBACK_PASSWORD_FILE=${t.dir.join("secrets/password")} `);
  expect(t.crontab()).toContain("AWS_CA_BUNDLE=/etc/ca ");
});

test("timers of two kinds are warned of, and a job that is off has none", async () => {
  await using t = await user();
  const { program } = t;
  await program.json(["schedule", "install", "--kind", "cron", "--yes"]);
  const second = await program.run(
    "schedule",
    "install",
    "--kind",
    "systemd",
    "--no-activate",
    "--yes",
  );
  expect(second.stderr).toContain("would run twice: clawback schedule remove --kind cron");
});

test("jobs inside OpenClaw are remembered, and a Gateway that is down keeps no other timer from going", async () => {
  await using t = await user();
  const { program, dir } = t;
  // Stands for openclaw with its Gateway: knows no job, takes all.
  const gateway = (body: string) => {
    writeFileSync(dir.join("bin/openclaw"), `#!/bin/sh\n${body}\n`);
    chmodSync(dir.join("bin/openclaw"), 0o755);
  };
  gateway(`echo '{"jobs":[]}'`);
  await program.json(["schedule", "install", "--kind", "cron", "--yes"]);
  const both = await program.run("schedule", "install", "--kind", "openclaw", "--yes");
  expect(both.stderr).toContain("would run twice: clawback schedule remove --kind cron");
  const { installed } = await program.json<{ installed: object[] }>(["schedule", "show"]);
  expect(installed).toMatchObject([{ kind: "cron" }, { kind: "openclaw", jobs: { length: 4 } }]);
  gateway("echo no Gateway >&2; exit 1");
  const removed = await program.run("schedule", "remove", "--yes");
  expect(removed).toMatchObject({ code: 0, stdout: "removed timers of cron\n" });
  expect(removed.stderr).toContain(
    "timers of openclaw stay: openclaw cron list --all ended with 1",
  );
  expect((await program.run("schedule", "remove", "--kind", "openclaw", "--yes")).code).toBe(2);
  gateway(`echo '{"jobs":[]}'`);
  await program.json(["schedule", "remove", "--yes"]);
  expect(await program.json(["schedule", "show"])).toMatchObject({ installed: [] });
});

test("where the scheduler is missing or does not answer, nothing is written", async () => {
  await using t = await user({ PATH: "/nonexistent" });
  const { program, dir } = t;
  for (const kind of ["cron", "systemd", "openclaw"]) {
    const { code, stderr } = await program.run("schedule", "install", "--kind", kind, "--yes");
    expect({ kind, code, stderr }).toEqual({
      kind,
      code: 2,
      stderr: expect.stringContaining("was not found"),
    });
  }
  expect(existsSync(dir.join(".config"))).toBe(false);
  expect((await program.run("schedule", "show")).stdout).toContain("no timers here");
});

test("what a machine that was off has missed is caught up, once", async () => {
  await using t = await user();
  const { program } = t;
  const { runs } = await program.json<{ runs: { job: string; result: string }[] }>([
    "run",
    "--missed",
  ]);
  expect(runs.map(({ job, result }) => `${job} ${result}`)).toEqual([
    ...["snapshot success", "archive success", "retention success", "verify success"],
  ]);
  expect(await program.json(["run", "--missed"])).toEqual({ runs: [] });
  expect((await program.run("run")).code).toBe(2);
  expect((await program.run("run", "snapshot", "--missed")).code).toBe(2);
});
