import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFields } from "../../lib/schedule/calendar.ts";
import { nextTime, planSchedule, type ScheduleScope } from "../../lib/schedule/index.ts";
import { formatOnCalendar } from "../../lib/schedule/systemd.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { KNOWN_JOBS, scheduleHost } from "../helpers/schedule-host.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { run } from "../parts/run.ts";

const CALENDARS = [
  ...["42 * * * *", "3 4 * * *", "39 3 * * 0", "0 3 1 * *", "*/15 * * * *", "0 */6 * * *"],
  ...["5-35/10 8-18 * * mon-fri", "0 0 29 2 *", "30 4 1,15 * 5", "0 12 * jan,jul 7", "1,2 3 * * 6"],
];
const JOBS = CALENDARS.slice(0, 4).map((cron, i) => ({ job: KNOWN_JOBS[i] ?? "", cron }));

describeWith("systemd-analyze", "systemd", () => {
  test.each<ScheduleScope>(["user", "system"])(
    "takes the units of the %s scope without a word",
    async (scope) => {
      await using dir = await tempDir();
      const program = ["/usr/bin/env", `it's "100%" $HOME`];
      const host = scheduleHost(dir.path, {
        program,
        userName: "root",
        variables: { XDG_CONFIG_HOME: dir.path },
      });
      const plan = await planSchedule(host, {
        kind: "systemd",
        scope,
        jobs: JOBS,
        knownJobs: KNOWN_JOBS,
      });
      const names = plan.files.map(({ path, text = "" }) => {
        const name = path.slice(path.lastIndexOf("/") + 1);
        writeFileSync(dir.join(name), text);
        return name;
      });
      expect(names).toHaveLength(8);
      const paths = names.map((name) => dir.join(name));
      const { code, stdout, stderr } = await run(partPath("systemd-analyze"), [
        "verify",
        "--man=no",
        ...paths,
      ]);
      // Other units of this machine may have something to say, too.
      const said = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("clawback"));
      expect({ code, said }).toEqual({ code: 0, said: [] });
    },
  );

  test("takes what goes before the Gateway's start", async () => {
    await using dir = await tempDir();
    const variables = { XDG_CONFIG_HOME: dir.path };
    const host = scheduleHost(dir.path, { program: ["/usr/bin/env"], variables });
    const gatewayUnit = "clawback-test-gateway.service";
    const options = { scope: "user", jobs: JOBS, knownJobs: KNOWN_JOBS, gatewayUnit } as const;
    const { files } = await planSchedule(host, { kind: "systemd", ...options });
    const dropIn = files.find(({ path }) => path.endsWith(".conf"));
    mkdirSync(dir.join(`${gatewayUnit}.d`));
    writeFileSync(dir.join(`${gatewayUnit}.d/50-clawback.conf`), dropIn?.text ?? "");
    writeFileSync(dir.join(gatewayUnit), "[Service]\nExecStart=/bin/true\n");
    const args = ["verify", "--man=no", dir.join(gatewayUnit)];
    const { code, stderr } = await run(partPath("systemd-analyze"), args);
    expect({ code, said: stderr.includes("clawback") }).toEqual({ code: 0, said: false });
  });

  test.each(CALENDARS)("fires %s at the very times of cron", async (cron) => {
    let from = new Date("2026-11-21T00:00:00Z");
    const expected: string[] = [];
    for (let i = 0; i < 6; i++) {
      from = nextTime(cron, from) ?? from;
      expected.push(from.toISOString());
    }
    const found: string[] = [];
    for (const line of formatOnCalendar(readFields(cron))) {
      const args = ["calendar", "--iterations=6", "--base-time=2026-11-21 00:00:00", line];
      const env = { TZ: "UTC", LC_ALL: "C" };
      const { stdout } = await run(partPath("systemd-analyze"), args, { env });
      for (const [, day, time] of stdout.matchAll(/(?:elapse|#\d+): \w+ (\S+) (\S+) UTC/g))
        found.push(`${day}T${time}.000Z`);
    }
    expect([...new Set(found.toSorted())].slice(0, 6)).toEqual(expected);
  });
});

describeWith("python3", "a property list", () => {
  test("is read by another parser as it was meant", async () => {
    await using dir = await tempDir();
    const host = scheduleHost(dir.path);
    const jobs = [
      { job: "snapshot", cron: "*/20 * * * *" },
      { job: "archive", cron: "30 4 1 * mon,fri" },
    ];
    const plan = await planSchedule(host, {
      kind: "launchd",
      scope: "user",
      jobs,
      knownJobs: KNOWN_JOBS,
    });
    for (const { path, text = "" } of plan.files) {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text);
    }
    const folder = dir.join("Library/LaunchAgents");
    const script =
      "import plistlib,json,sys; print(json.dumps([plistlib.load(open(p,'rb')) for p in sys.argv[1:]]))";
    const paths = readdirSync(folder)
      .toSorted()
      .map((name) => join(folder, name));
    const { stdout, stderr } = await run(partPath("python3"), ["-c", script, ...paths]);
    expect(stderr).toBe("");
    const [archive, snapshot] = JSON.parse(stdout);
    expect(snapshot).toMatchObject({
      Label: "ai.clawback.box-1.a.snapshot",
      ProgramArguments: [...host.program, "run", "snapshot", "--scheduled", "--quiet"],
      EnvironmentVariables: host.environment,
      StartCalendarInterval: [{ Minute: 0 }, { Minute: 20 }, { Minute: 40 }],
      ...{ Nice: 10, LowPriorityIO: true },
    });
    expect(archive.StartCalendarInterval).toEqual([
      { Day: 1, Hour: 4, Minute: 30 },
      { Weekday: 1, Hour: 4, Minute: 30 },
      { Weekday: 5, Hour: 4, Minute: 30 },
    ]);
  });
});
