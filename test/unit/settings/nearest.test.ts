import { expect, test } from "vitest";
import { nearestName } from "../../../lib/settings/nearest.ts";

const KNOWN = ["instance", "storages", "defaultStorage", "installation", "compressionLevel"];

test.each([
  ["instnace", "instance"],
  ["INSTANCE", "instance"],
  ["storage", "storages"],
  ["default-storage", "defaultStorage"],
  ["compresionlevel", "compressionLevel"],
  ["instalation", "installation"],
  ["quux", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("%j is nearest to %j", (name, expected) => {
  expect(nearestName(name, KNOWN)).toBe(expected);
});

test("nothing is near where nothing is known", () => {
  expect(nearestName("instance", [])).toBeUndefined();
});
