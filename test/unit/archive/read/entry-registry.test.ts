import { expect, test } from "vitest";
import { EntryRegistry } from "../../../../lib/archive/read/entry-registry.ts";

const register = (
  ...entries: [path: string, type: "file" | "dir" | "symlink" | "hardlink", target?: string][]
) => {
  const registry = new EntryRegistry();
  return entries.map(([path, type, target]) => registry.add(path, type, target)).at(-1);
};

test.each([
  [
    "a directory after what it holds",
    [
      ["/a/b", "file"],
      ["/a", "dir"],
    ],
    undefined,
  ],
  [
    "a hard link to a file",
    [
      ["/a", "file"],
      ["/b", "hardlink", "/a"],
    ],
    undefined,
  ],
  [
    "a hard link to a hard link",
    [
      ["/a", "file"],
      ["/b", "hardlink", "/a"],
      ["/c", "hardlink", "/b"],
    ],
    undefined,
  ],
  [
    "a file twice",
    [
      ["/a", "file"],
      ["/a", "file"],
    ],
    "twice",
  ],
  [
    "a directory twice",
    [
      ["/a", "dir"],
      ["/a", "dir"],
    ],
    "twice",
  ],
  [
    "a link where there are files below",
    [
      ["/a/b", "file"],
      ["/a", "symlink", "x"],
    ],
    "twice",
  ],
  [
    "a file below a link",
    [
      ["/a", "symlink", "/etc"],
      ["/a/b", "file"],
    ],
    "below-no-directory",
  ],
  [
    "a file deep below a link",
    [
      ["/a", "symlink", "/etc"],
      ["/a/b/c/d", "file"],
    ],
    "below-no-directory",
  ],
  [
    "a file below a file",
    [
      ["/a", "file"],
      ["/a/b", "dir"],
    ],
    "below-no-directory",
  ],
  ["a hard link to nothing", [["/b", "hardlink", "/a"]], "no-such-target"],
  [
    "a hard link to a later file",
    [
      ["/b", "hardlink", "/a"],
      ["/a", "file"],
      ["/b2", "hardlink", "/c"],
    ],
    "no-such-target",
  ],
  ["a hard link to itself", [["/b", "hardlink", "/b"]], "no-such-target"],
  [
    "a hard link to a link",
    [
      ["/a", "symlink", "x"],
      ["/b", "hardlink", "/a"],
    ],
    "no-such-target",
  ],
  [
    "a hard link to a directory",
    [
      ["/a", "dir"],
      ["/b", "hardlink", "/a"],
    ],
    "no-such-target",
  ],
] as const)("EntryRegistry on %s", (_, entries, clash) => {
  expect(register(...(entries as unknown as Parameters<typeof register>))).toBe(clash);
});
