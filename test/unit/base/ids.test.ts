import { expect, test } from "vitest";
import {
  assertInstanceName,
  createBackupId,
  isBackupId,
  looksGenerated,
  timeOfBackupId,
} from "../../../lib/base/index.ts";

test("an id tells the second at which it was made", () => {
  const id = createBackupId(new Date("2026-11-21T03:00:00.999Z"));
  expect(id).toMatch(/^20261121T030000Z-[0-9a-z]{6}$/);
  expect(isBackupId(id)).toBe(true);
  expect(timeOfBackupId(id)?.toISOString()).toBe("2026-11-21T03:00:00.000Z");
});

test("ids sort by time as text", () => {
  const times = ["2026-01-09T23:59:59Z", "2026-01-10T00:00:00Z", "2026-11-21T03:00:00Z"];
  const ids = times.map((time) => createBackupId(new Date(time)));
  expect(ids.toSorted()).toEqual(ids);
});

test("ids of the same second differ", () => {
  const now = new Date("2026-11-21T03:00:00Z");
  const ids = new Set(Array.from({ length: 2_000 }, () => createBackupId(now)));
  expect(ids.size).toBeGreaterThan(1_995);
});

test.each([
  "",
  "latest",
  "20261121T030000Z",
  "20261121T030000Z-K3F9XQ",
  "20261121T030000Z-k3f9x",
  "20261121T030000Z-k3f9xqq",
  "20261121T030000Z-k3f9xq\n",
  " 20261121T030000Z-k3f9xq",
  "20261121t030000z-k3f9xq",
  "../20261121T030000Z-k3f9xq",
  "20261321T030000Z-k3f9xq",
  "20260231T030000Z-k3f9xq",
  "20261121T250000Z-k3f9xq",
  "20261121T036000Z-k3f9xq",
])("%j is no backup id", (text) => {
  expect(isBackupId(text)).toBe(false);
  expect(timeOfBackupId(text)).toBeUndefined();
});

test.each(["a", "my-host", "Host_1.example", "0", "x".repeat(64), "allx", "All"])(
  "%j may name an instance",
  (name) => {
    expect(() => assertInstanceName(name)).not.toThrow();
  },
);

test.each([
  "",
  ".",
  "..",
  ".hidden",
  "-flag",
  "_x",
  "a/b",
  "a\\b",
  "a b",
  "a\n",
  "é",
  "x".repeat(65),
  "all",
])("%j may not name an instance", (name) => {
  expect(() => assertInstanceName(name)).toThrow(
    expect.objectContaining({ code: "invalid-argument" }),
  );
});

test.each([
  ["ip-10-0-12-3", true],
  ["ip-10-0-12-3.eu-central-1.compute.internal", true],
  ["3f2a91c0b4de", true],
  ["localhost", true],
  ["my-agent", false],
  ["deadbeef", false],
  ["ip-address", false],
])("whether the host name %j looks generated: %s", (hostName, expected) => {
  expect(looksGenerated(hostName)).toBe(expected);
});
