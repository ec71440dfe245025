import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../lib/base/index.ts";
import { type JudgedRun, judgeRun, judgeStaleness } from "../../../lib/notify/index.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const run = (hoursAgo: number, facts: Partial<JudgedRun> = {}): JudgedRun => ({
  ...{ job: "snapshot", result: "success", facts: {} },
  startedAt: new Date(NOW.getTime() - hoursAgo * HOUR_MS).toISOString(),
  ...facts,
});
const failed = (hoursAgo: number, message = "disk full") =>
  run(hoursAgo, { result: "failed", error: { code: "no-space", message } });
const left = (hoursAgo: number, omissionsKey: string) =>
  run(hoursAgo, { result: "incomplete", facts: { omissions: 2, omissionsKey, backup: "b" } });

test.each<[string, JudgedRun, JudgedRun[], string[]]>([
  ["a success after a success", run(0), [run(1)], []],
  ["the first success", run(0), [], []],
  ["a failure", failed(0), [run(1)], ["failure"]],
  ["a failure after a failure, which is told once a day", failed(0), [failed(1)], ["failure"]],
  ["the first success after failures", run(0), [failed(1), failed(2), run(3)], ["recovery"]],
  ["the second success after failures", run(0), [run(1), failed(2)], []],
  ["a success after a killed run", run(0), [run(1, { result: "interrupted" })], ["recovery"]],
  ["a success after a stopped run", run(0), [run(1, { result: "cancelled" }), run(2)], []],
  ["a stopped run", run(0, { result: "cancelled" }), [run(1)], []],
  [
    "a stopped run amid failures, then a success",
    run(0),
    [run(1, { result: "cancelled" }), failed(2)],
    ["recovery"],
  ],
  ["new omissions", left(0, "a"), [run(1)], ["omissions"]],
  ["the same omissions", left(0, "a"), [left(1, "a")], []],
  ["the same omissions around a failure", left(0, "a"), [failed(1), left(2, "a")], ["recovery"]],
  ["other omissions", left(0, "b"), [left(1, "a")], ["omissions"]],
  [
    "a degraded backup",
    run(0, { result: "incomplete", facts: { degraded: true } }),
    [],
    ["degraded"],
  ],
  [
    "a suspended retention",
    run(0, { facts: { suspended: "backup x holds less" } }),
    [],
    ["suspended"],
  ],
])("of %s it is told what is to tell", (_, ended, earlier, events) => {
  expect(judgeRun(ended, earlier).map(({ event }) => event)).toEqual(events);
});

test("a recovery says since when it failed, and lets the same failure be told again", () => {
  const [told] = judgeRun(run(0), [failed(1), failed(5), run(6)]);
  expect(told).toMatchObject({ values: { since: failed(5).startedAt } });
  const [failure] = judgeRun(failed(0), [run(1)]);
  expect(failure?.key.startsWith(told?.clears ?? "?")).toBe(true);
});

test("a failure is told again when its reason changes", () => {
  const key = (message: string) => judgeRun(failed(0, message), [])[0]?.key;
  expect(key("disk full")).toBe(key("disk full"));
  expect(key("disk full")).not.toBe(key("no route"));
});

test.each([
  [`"/home/me/.openclaw/state/x.sqlite" is damaged`, `"…/x.sqlite" is damaged`],
  ["home /home/me/.clawback cannot be used", "home …/.clawback cannot be used"],
  ["storage s3://bucket/box/archives: denied", "storage s3://bucket/box/archives: denied"],
  ["read 3/4 of it", "read 3/4 of it"],
])("a reason leaves the machine without its paths: %s", (message, why) => {
  expect(judgeRun(failed(0, message), [])[0]?.values.why).toBe(why);
});

const limits = { backupWithinMs: 2 * DAY_MS, verifiedWithinMs: 9 * DAY_MS };
test.each<[string, JudgedRun[], string[]]>([
  ["no run at all", [], []],
  ["a backup of an hour ago", [run(1)], []],
  [
    "failures for three days after a backup",
    [failed(1), failed(30), run(72)],
    ["no backup succeeded for 3 d"],
  ],
  [
    "failures for three days and nothing before",
    [failed(1), failed(72)],
    ["no backup succeeded for 3 d"],
  ],
  ["failures for a day", [failed(1), failed(24)], []],
  ["an archive meanwhile", [failed(1), run(5, { job: "archive" }), run(72)], []],
  [
    "verifying that fails for ten days",
    [run(1), run(2, { job: "verify", result: "failed" }), run(240, { job: "verify" })],
    ["no backup was verified for 10 d"],
  ],
])("after %s staleness is told as it is", (_, runs, whys) => {
  expect(judgeStaleness(runs, limits, NOW).map(({ values }) => values.why)).toEqual(whys);
});
