import { describe, expect, test } from "vitest";
import { parsePax, parsePaxTime } from "../../../../lib/archive/read/pax.ts";
import { paxRecord } from "../../../helpers/tar-blocks.ts";

describe("parsePax", () => {
  test("reads records, the last one of a key", () => {
    const records = { path: "a/é\nb=c", mtime: "1.5", long: "x".repeat(2000), empty: "" };
    const bytes = Object.entries(records).map(([key, value]) => paxRecord(key, value));
    const parsed = parsePax(Buffer.concat([paxRecord("path", "first"), ...bytes]));
    expect(Object.fromEntries(parsed)).toEqual(records);
  });

  test("takes keys as they are", () => {
    expect(parsePax(paxRecord("__proto__", "x")).get("__proto__")).toBe("x");
  });

  test("stops at zeros", () => {
    expect([...parsePax(Buffer.concat([paxRecord("a", "b"), Buffer.alloc(10)]))]).toEqual([
      ["a", "b"],
    ]);
  });

  test.each([
    "x",
    "5 a=b",
    "99 a=b\n",
    "0 a=b\n",
    "-6 a=b\n",
    "6 a=bX",
    "6 ab.\n",
    "5 =b\n",
    " a=b\n",
    "999999999999 a=b\n",
  ])("refuses %j", (text) => {
    expect(() => parsePax(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
  });
});

test.each([
  ["1.5", 1_500_000_000n],
  ["0", 0n],
  ["1790000000.1234567891", 1_790_000_000_123_456_789n],
  ["-1", -1_000_000_000n],
  ["", undefined],
  ["1e9", undefined],
  ["NaN", undefined],
])("parsePaxTime of %j is %s", (text, ns) => {
  expect(parsePaxTime(text)).toBe(ns);
});
