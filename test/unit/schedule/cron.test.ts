import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  findCronLines,
  formatCronLines,
  jobsOfCronLines,
  replaceCronLines,
} from "../../../lib/schedule/cron.ts";
import { scheduleHost } from "../../helpers/schedule-host.ts";

const JOBS = [
  { job: "snapshot", cron: "5 * * * *" },
  { job: "before-update", cron: "0 3 * * 0" },
];
const host = scheduleHost("/home/agent");
const lines = formatCronLines(host, "user", JOBS);

test("the shell that cron starts sees the very words, whatever is in them", () => {
  const line = lines.split("\n").find((each) => each.startsWith("5 * * * *")) ?? "";
  // Cron turns \% into % before the shell reads it.
  const command = line.slice("5 * * * * ".length).replaceAll("\\%", "%");
  const shown = command
    .replace(/^env .*? nice -n 10 /, "printf '%s\\n' ")
    .replace(" >/dev/null", "");
  const words = execFileSync("/bin/sh", ["-c", shown], { encoding: "utf8" }).trimEnd().split("\n");
  expect(words).toEqual([...host.program, "run", "snapshot", "--scheduled", "--quiet"]);
  const settings = command.replace(/ nice -n 10 .*$/, "").replace(/^env /, "env -i ");
  const environment = execFileSync("/bin/sh", ["-c", `${settings} /usr/bin/env`], {
    encoding: "utf8",
  });
  expect(environment.trimEnd().split("\n").toSorted()).toEqual(
    Object.entries(host.environment)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(),
  );
});

test("no unescaped percent sign ends a command early", () => {
  for (const line of lines.split("\n")) expect(line.replaceAll("\\%", "")).not.toContain("%");
});

test("a line for the system's table names the user", () => {
  expect(formatCronLines(host, "system", JOBS)).toContain("\n5 * * * * agent env ");
  expect(formatCronLines(host, "system", JOBS)).toContain("\n@reboot agent env ");
});

test("jobs are found again in the lines", () => {
  expect(jobsOfCronLines(lines)).toEqual(["snapshot", "before-update"]);
  const flags = ["--profile", "dev"];
  expect(jobsOfCronLines(formatCronLines({ ...host, flags }, "user", JOBS))).toHaveLength(2);
});

const OTHERS = "MAILTO=me\n1 2 3 4 5 mine\n# clawback box-1.a is nice\n";
const OTHER_BOX = formatCronLines({ ...host, instance: "box-1.ab" }, "user", JOBS);

test.each([
  ["an empty crontab", "", ""],
  ["other lines", OTHERS, ""],
  ["another instance", OTHER_BOX, ""],
  ["lines before and after", OTHERS, `7 7 * * * after\n`],
])("in %s only our own lines change, and remove gives back every byte", (_, before, after) => {
  const installed = replaceCronLines(`${before}${after}`, host.instance, lines);
  expect(findCronLines(installed, host.instance)).toBe(lines);
  const again = replaceCronLines(installed, host.instance, lines);
  expect(again).toBe(installed);
  const other = formatCronLines(host, "user", JOBS.slice(0, 1));
  expect(findCronLines(replaceCronLines(installed, host.instance, other), host.instance)).toBe(
    other,
  );
  expect(replaceCronLines(installed, host.instance, "")).toBe(`${before}${after}`);
});

test("a crontab without a newline at its end keeps its last line whole", () => {
  const installed = replaceCronLines("1 2 3 4 5 mine", host.instance, lines);
  expect(installed.startsWith("1 2 3 4 5 mine\n# clawback")).toBe(true);
});

test("lines of ours whose end was removed by hand are not guessed at", () => {
  const cut = lines.slice(0, lines.lastIndexOf("# clawback"));
  expect(() => replaceCronLines(cut, host.instance, "")).toThrow("without its end");
});

test("a line longer than cron takes is refused, and words that no crontab can hold", () => {
  const long = { ...host, environment: { PATH: `/${"x".repeat(1000)}` } };
  expect(() => formatCronLines(long, "user", JOBS)).toThrow("more than 998");
  const broken = { ...host, environment: { A: "a\nb" } };
  expect(() => formatCronLines(broken, "user", JOBS)).toThrow("cannot stand in a crontab");
});
