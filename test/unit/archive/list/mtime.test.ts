import { expect, test } from "vitest";
import { formatMtime, parseMtime } from "../../../../lib/archive/index.ts";

test.each([
  [1_790_000_000_123_456_789n, "2026-09-21T14:13:20.123456789Z"],
  [0n, "1970-01-01T00:00:00.000000000Z"],
  [-1n, "1969-12-31T23:59:59.999999999Z"],
  [-5_000_000_001n, "1969-12-31T23:59:54.999999999Z"],
  [9_223_372_036_854_775_807n, "2262-04-11T23:47:16.854775807Z"],
  [-9_223_372_036_854_775_808n, "1677-09-21T00:12:43.145224192Z"],
  [300_000_000_000_000_000_000n, "+011476-08-15T05:20:00.000000000Z"],
])("formats %d as %s, and back", (ns, text) => {
  expect(formatMtime(ns)).toBe(text);
  expect(parseMtime(text)).toBe(ns);
});

test.each([
  "",
  "2026-09-21",
  "2026-13-21T14:13:20Z",
  "2026-09-21T14:13:20",
  "x2026-09-21T14:13:20Z",
])("does not take %j for a time", (text) => {
  expect(parseMtime(text)).toBeUndefined();
});
