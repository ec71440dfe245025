import { describe, expect, test } from "vitest";
import { isExternalLink, storableTarget } from "../../../../lib/archive/write/links.ts";

const state = {
  sourcePath: "/home/u/.openclaw",
  archivePath: "root/payload/posix/home/u/.openclaw",
};

describe("isExternalLink", () => {
  test.each([
    ["a", "b", false],
    ["a", ".", false],
    ["a", "..", true],
    ["d/a", "..", false],
    ["d/a", "../..", true],
    ["d/a", "../../.openclaw/x", false],
    ["d/a", "../../../../../../../../../x", true],
    ["a", "/home/u/.openclaw", false],
    ["a", "/home/u/.openclaw/x/../y", false],
    ["a", "/home/u/.openclaw/../y", true],
    ["a", "/home/u/.openclaw2", true],
    ["a", "/", true],
    ["a", "..x", false],
    ["a", "x\\..\\..", false],
  ])("of %j to %j is %s", (name, linkpath, expected) => {
    expect(isExternalLink({ entryPath: `${state.archivePath}/${name}`, linkpath }, state)).toBe(
      expected,
    );
  });

  test("counts a link to a neighbour outside the state directory as external", () => {
    const entryPath = "root/payload/posix/srv/ws/a";
    expect(isExternalLink({ entryPath, linkpath: "b" }, state)).toBe(true);
    expect(isExternalLink({ entryPath, linkpath: "/home/u/.openclaw/b" }, state)).toBe(false);
  });
});

test.each([
  ["a\\b", "a\\b"],
  ["a\nb", "a\nb"],
  ["é\nb", "é\ufffdb"],
  ["\udcff", "\ufffd"],
])("storableTarget of %j is %j", (target, stored) => {
  expect(storableTarget(target)).toBe(stored);
});
