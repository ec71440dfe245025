import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../lib/base/index.ts";
import { isOverdue, longestGapMs, nextTime, resolveCalendar } from "../../../lib/schedule/index.ts";

const NOW = new Date("2026-11-21T12:00:00");

test("a word is a time of its own for each instance and job, and always the same", () => {
  const hourly = resolveCalendar("hourly", "snapshot", "box");
  expect(hourly).toMatch(/^\d{1,2} \* \* \* \*$/);
  expect(resolveCalendar("hourly", "snapshot", "box")).toBe(hourly);
  const minutes = Array.from({ length: 50 }, (_, i) =>
    resolveCalendar("hourly", "snapshot", `box-${i}`),
  );
  expect(new Set(minutes).size).toBeGreaterThan(20);
  expect(resolveCalendar("daily", "verify", "box")).toMatch(/^\d+ 5 \* \* \*$/);
  expect(resolveCalendar("weekly", "archive", "box")).toMatch(/^\d+ 3 \* \* 0$/);
  expect(resolveCalendar("monthly", "archive", "box")).toMatch(/^\d+ 3 1 \* \*$/);
  expect(resolveCalendar("off", "archive", "box")).toBeUndefined();
  expect(resolveCalendar("*/15 * * * *", "archive", "box")).toBe("*/15 * * * *");
});

test.each([
  ["0 3 30 2 *", "never comes"],
  ["60 * * * *", "not understood"],
  ["0 3 * *", "not understood"],
  ["0 0 3 * * *", "not understood"],
  ["0 3 L * *", "not understood"],
  ["0 3 * * 1#2", "not understood"],
  ["@daily", "not understood"],
  ["", "not understood"],
  ["0 3 * * * ", "not understood"],
])("%j is no time", (at, message) => {
  expect(() => resolveCalendar(at, "archive", "box")).toThrow(message);
});

test.each([
  ["15 3 * * *", "2026-11-22T03:15:00", DAY_MS],
  ["*/20 * * * *", "2026-11-21T12:20:00", HOUR_MS / 3],
  ["0 3 * * mon-fri", "2026-11-23T03:00:00", 3 * DAY_MS],
  ["0 0 29 2 *", "2028-02-29T00:00:00", undefined],
])("%s is due when cron would start it", (cron, next, gap) => {
  expect(nextTime(cron, NOW)).toEqual(new Date(next));
  if (gap !== undefined) expect(longestGapMs(cron, NOW)).toBe(gap);
});

test("a job is overdue from the time on at which it should have begun again", () => {
  const began = new Date("2026-11-21T03:15:02");
  expect(isOverdue("15 3 * * *", began, NOW)).toBe(false);
  expect(isOverdue("15 3 * * *", began, new Date("2026-11-22T03:14:59"))).toBe(false);
  expect(isOverdue("15 3 * * *", began, new Date("2026-11-22T03:15:00"))).toBe(true);
  expect(isOverdue("0 0 29 2 *", began, new Date("2027-03-01T00:00:00"))).toBe(false);
});
