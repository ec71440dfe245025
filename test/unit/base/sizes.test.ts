import { expect, test } from "vitest";
import { formatSize, GIB, KIB, MIB, parseSize } from "../../../lib/base/index.ts";

test.each([
  ["0", 0],
  ["1048576", MIB],
  ["12b", 12],
  ["20k", 20 * KIB],
  ["20kb", 20 * KIB],
  ["500M", 500 * MIB],
  ["500 MiB", 500 * MIB],
  ["1.5 GiB", 1.5 * GIB],
  ["1.5g", 1.5 * GIB],
  ["2T", 2048 * GIB],
  ["0.3k", 307],
  ["  7M ", 7 * MIB],
])("reads %j as %d bytes", (text, expected) => {
  expect(parseSize(text)).toBe(expected);
});

test.each([
  "",
  "M",
  "-1M",
  "+1M",
  "1e6",
  "0x10",
  "1,5G",
  "1.",
  ".5G",
  "5ib",
  "5bb",
  "5P",
  "5 M B",
  "10000000000T",
  "9".repeat(400),
  "NaN",
  "Infinity",
])("refuses %j as a size", (text) => {
  expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
});

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [4_100, "4.10 kB"],
  [20_480, "20.5 kB"],
  [999_499, "999 kB"],
  [999_500, "1.00 MB"],
  [208_000_000, "208 MB"],
  [1_200_000_000, "1.20 GB"],
  [5e15, "5000 TB"],
])("writes %d bytes as %j", (bytes, expected) => {
  expect(formatSize(bytes)).toBe(expected);
});
