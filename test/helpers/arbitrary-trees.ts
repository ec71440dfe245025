import { rmSync } from "node:fs";
import fc from "fast-check";
import type { Machine } from "./restore-machine.ts";
import { dir, file, symlink, type TreeEntry, type TreeLiteral, writeTree } from "./tree.ts";

/** Names that file systems allow and archives find hard; U+DCFF stands for a byte that is not UTF-8. */
export const name: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "a",
    "A",
    "b.md",
    "C:x",
    "a\\b",
    "new\nline",
    "é",
    "e\u0301",
    "x\udcff",
    " ",
    "-rf",
    "notes",
  ),
  fc.stringMatching(/^[a-z]{1,6}$/),
);

const leaf: fc.Arbitrary<TreeEntry> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom(0o600, 0o644, 0o755))
      .map(([body, mode]) => file(body, { mode })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("a", "../b.md", "/etc/hostname", "nowhere").map(symlink),
  },
);

const { tree: anyTree } = fc.letrec<{ tree: TreeLiteral; entry: TreeEntry }>((tie) => ({
  tree: fc.dictionary(name, tie("entry"), { maxKeys: 5, noNullPrototype: true }),
  entry: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie("tree").map((children) => dir(children, { mode: 0o755 })),
  ),
}));

/** What may stand in a workspace. */
export const tree: fc.Arbitrary<TreeLiteral> = anyTree;

/** A state directory is known by its config; what is in `workspace` varies. */
export const asState = (workspace: TreeLiteral): TreeLiteral => ({
  "openclaw.json": file("{}", { mode: 0o600 }),
  workspace: dir(workspace, { mode: 0o755 }),
});

/** Puts other files into the place of a workspace's. */
export function replaceWorkspace(box: Machine, workspace: TreeLiteral): void {
  rmSync(`${box.stateDir}/workspace`, { recursive: true });
  writeTree(`${box.stateDir}/workspace`, workspace);
}
