import { expect, test } from "vitest";
import { parseTime, requireTime } from "../../../lib/base/index.ts";

const now = new Date(2026, 10, 21, 14, 30, 15, 250);
const local = (...parts: [number, number, number, number?, number?, number?, number?]) =>
  new Date(parts[0], parts[1] - 1, parts[2], ...(parts.slice(3) as number[]));

test.each([
  ["now", now],
  ["10 minutes ago", new Date(now.getTime() - 600_000)],
  ["1 minute ago", new Date(now.getTime() - 60_000)],
  ["a minute ago", new Date(now.getTime() - 60_000)],
  ["an hour ago", new Date(now.getTime() - 3_600_000)],
  ["90 seconds ago", new Date(now.getTime() - 90_000)],
  ["2 days ago", new Date(now.getTime() - 2 * 86_400_000)],
  ["3 Weeks Ago", new Date(now.getTime() - 21 * 86_400_000)],
  ["today", local(2026, 11, 21, 23, 59, 59, 999)],
  ["yesterday", local(2026, 11, 20, 23, 59, 59, 999)],
  ["yesterday 03:00", local(2026, 11, 20, 3)],
  ["Today 9:05", local(2026, 11, 21, 9, 5)],
  ["2026-11-20", local(2026, 11, 20, 23, 59, 59, 999)],
  ["2026-11-20 03:00", local(2026, 11, 20, 3)],
  ["2026-11-20T03:00:01", local(2026, 11, 20, 3, 0, 1)],
  ["2026-11-20T03:00:01.5Z", new Date(Date.UTC(2026, 10, 20, 3, 0, 1, 500))],
  ["2026-11-20T03:00+01:00", new Date(Date.UTC(2026, 10, 20, 2))],
  ["2026-11-20T03:00-0530", new Date(Date.UTC(2026, 10, 20, 8, 30))],
  ["2028-02-29", local(2028, 2, 29, 23, 59, 59, 999)],
  ["  now ", now],
  ["2h ago", new Date(now.getTime() - 7_200_000)],
  ["45 min ago", new Date(now.getTime() - 45 * 60_000)],
  ["45 mins  ago", new Date(now.getTime() - 45 * 60_000)],
  ["3d ago", new Date(now.getTime() - 3 * 86_400_000)],
  ["yesterday at 03:00", local(2026, 11, 20, 3)],
  ["last friday", local(2026, 11, 20, 23, 59, 59, 999)],
  ["last Monday 09:30", local(2026, 11, 16, 9, 30)],
  ["last saturday", local(2026, 11, 14, 23, 59, 59, 999)],
  ["last sunday at 9:30", local(2026, 11, 15, 9, 30)],
])("reads %j", (text, expected) => {
  expect(parseTime(text, now)?.toISOString()).toBe(expected.toISOString());
});

test.each([
  "",
  "latest",
  "k3f9xq",
  "20261121T030000Z-k3f9xq",
  "10 minutes",
  "ago",
  "-5 minutes ago",
  "1.5 hours ago",
  "2 months ago",
  "tomorrow",
  "yesterday 25:00",
  "yesterday 03:61",
  "today 99:99",
  "2026-13-01",
  "2026-02-31",
  "2026-02-29",
  "2026-11-31 03:00",
  "2026-11-20 25:00",
  "2026-11-20 03:60",
  "26-11-20",
  "2026-11-20T03",
  "2026-11-20T03:00:00junk",
  `${"9".repeat(30)} days ago`,
  "9999999999 weeks ago",
  "2 fortnights ago",
  "10 ms ago",
  "2 constructor ago",
  "last march",
  "last",
  "monday",
  "last monday 24:00",
  `yesterday${" ".repeat(100)}03:00`,
])("does not take %j for a time", (text) => {
  expect(parseTime(text, now)).toBeUndefined();
});

test("yesterday of the first of January lies in the year before", () => {
  const newYear = new Date(2027, 0, 1, 0, 5);
  expect(parseTime("yesterday 03:00", newYear)).toEqual(local(2026, 12, 31, 3));
});

test.each([
  ["yesterday", local(2026, 11, 20)],
  ["last friday", local(2026, 11, 20)],
  ["2026-11-20", local(2026, 11, 20)],
  ["2026-11-20Z", new Date(Date.UTC(2026, 10, 20))],
  ["yesterday 03:00", local(2026, 11, 20, 3)],
])("everything since %j begins with the day", (text, expected) => {
  expect(parseTime(text, now, { day: "start" })).toEqual(expected);
});

test("where only a time will do, nonsense is refused with examples", () => {
  expect(requireTime("yesterday 03:00", now)).toEqual(local(2026, 11, 20, 3));
  expect(() => requireTime("next\x1b week", now)).toThrow(
    expect.objectContaining({
      code: "invalid-argument",
      message: 'time "next\\x1b week" is not understood',
      hint: expect.stringContaining('"10 minutes ago"'),
    }),
  );
  expect(() => requireTime("x".repeat(1e6), now)).toThrow(/^time "x{100}…" is not understood$/);
});
