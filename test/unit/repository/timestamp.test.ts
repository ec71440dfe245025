import { describe, expect, test } from "vitest";
import {
  formatTimestamp,
  isTimestamp,
  timestampDate,
  timestampNs,
} from "../../../lib/repository/timestamp.ts";

describe("timestamps", () => {
  test.each([
    [0n, 0, "1970-01-01T00:00:00Z"],
    [1n, 0, "1970-01-01T00:00:00.000000001Z"],
    [-1n, 0, "1969-12-31T23:59:59.999999999Z"],
    [1_795_230_000_500_000_000n, 60, "2026-11-21T04:00:00.5+01:00"],
    [1_795_230_000_123_456_789n, -210, "2026-11-20T23:30:00.123456789-03:30"],
    [1_795_230_000_100_000_000n, 330, "2026-11-21T08:30:00.1+05:30"],
    [-62_135_596_800_000_000_000n, 0, "0001-01-01T00:00:00Z"],
  ])("%d with an offset of %d minutes is %s and back", (ns, offset, text) => {
    expect(formatTimestamp(ns, offset)).toBe(text);
    expect(timestampNs(text)).toBe(ns);
    expect(isTimestamp(text)).toBe(true);
  });

  test("years beyond what RFC 3339 can say become the nearest, as restic writes them", () => {
    const ns = BigInt(Date.UTC(12000, 1, 2)) * 1_000_000n;
    expect(formatTimestamp(ns, 0)).toBe("9999-02-02T00:00:00Z");
    expect(formatTimestamp(-ns * 10n, 0)).toMatch(/^0000-/);
    expect(formatTimestamp(10n ** 30n, 0)).toMatch(/^9999-/);
  });

  test("without an offset the machine's zone at that time is written, and the instant is the same", () => {
    for (const ns of [1_795_230_000_123_000_000n, 1_780_000_000_000_000_000n]) {
      const text = formatTimestamp(ns);
      expect(timestampNs(text)).toBe(ns);
      const offset = -new Date(Number(ns / 1_000_000n)).getTimezoneOffset();
      expect(text).toBe(formatTimestamp(ns, offset));
    }
  });

  test("a Date of it is rounded down", () => {
    expect(timestampDate("1969-12-31T23:59:59.9995Z").getTime()).toBe(-1);
    expect(timestampDate("2026-11-21T04:00:00.9999+01:00").toISOString()).toBe(
      "2026-11-21T03:00:00.999Z",
    );
  });

  test.each([
    "",
    "2026-11-21",
    "2026-11-21T04:00:00",
    "2026-13-21T04:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T04:60:00Z",
    "2026-11-21T04:00:00+1:00",
    "2026-11-21t04:00:00z",
    " 2026-11-21T04:00:00Z",
    '2026-11-21T04:00:00Z"',
    `2026-11-21T04:00:00.${"1".repeat(100)}Z`,
  ])("%j is no timestamp", (text) => {
    expect(isTimestamp(text)).toBe(false);
  });
});
