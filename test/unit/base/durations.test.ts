import { expect, test } from "vitest";
import { DAY_MS, formatDuration, HOUR_MS, parseDuration } from "../../../lib/base/index.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["1h30m", 90 * 60_000],
  ["1.5h", 90 * 60_000],
  ["7d", 7 * DAY_MS],
  ["2w", 14 * DAY_MS],
  ["1d12h", 36 * HOUR_MS],
  [" 30s ", 30_000],
  ["0s", 0],
])("reads %j as %d ms", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  "",
  " ",
  "30",
  "s",
  "-5s",
  "1 h",
  "5 minutes",
  "1h30",
  "h1",
  "1e3s",
  ".5h",
  "1,5h",
  "30S",
  "5mm",
  `${"9".repeat(400)}d`,
  "NaNs",
])("refuses %j as a duration", (text) => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({ code: "invalid-argument", hint: expect.stringContaining("30s") }),
  );
});

test.each([
  [0, "0.0 s"],
  [400, "0.4 s"],
  [9_949, "9.9 s"],
  [9_960, "10 s"],
  [12_400, "12 s"],
  [59_600, "1 min"],
  [200_000, "3 min 20 s"],
  [3_599_600, "1 h"],
  [7_500_000, "2 h 5 min"],
  [DAY_MS - 1, "1 d"],
  [3 * DAY_MS + 4 * HOUR_MS, "3 d 4 h"],
])("writes %d ms as %j", (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});
