import { existsSync, rmSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asFile, contentOf, type Machine, machine } from "../helpers/restore-machine.ts";
import {
  dir,
  file,
  symlink,
  type TreeEntry,
  type TreeLiteral,
  writeTree,
} from "../helpers/tree.ts";

const PARENT = existsSync("/dev/shm") ? "/dev/shm" : undefined;

/** Names that file systems allow and archives find hard; U+DCFF stands for a byte that is not UTF-8. */
const name = fc.oneof(
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

const { tree } = fc.letrec<{ tree: TreeLiteral; entry: TreeEntry }>((tie) => ({
  tree: fc.dictionary(name, tie("entry"), { maxKeys: 5, noNullPrototype: true }),
  entry: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie("tree").map((children) => dir(children, { mode: 0o755 })),
  ),
}));

/** A state directory is known by its config; what is in `workspace` varies. */
const asState = (workspace: TreeLiteral): TreeLiteral => ({
  "openclaw.json": file("{}", { mode: 0o600 }),
  workspace: dir(workspace, { mode: 0o755 }),
});

function replaceWorkspace(box: Machine, workspace: TreeLiteral): void {
  rmSync(`${box.stateDir}/workspace`, { recursive: true });
  writeTree(`${box.stateDir}/workspace`, workspace);
}

const REPORT = "workspace/.restore-complete.json";

function withoutReport(content: Record<string, unknown>): Record<string, unknown> {
  const { [REPORT]: _, ...rest } = content;
  return rest;
}

const ROUNDS = { numRuns: 25, timeout: 50_000 };

test("whatever stood there before, a restore brings back what was backed up, and undo what stood there", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, fc.boolean(), async (backedUp, between, isKnown) => {
      await using box = await machine({ state: asState(backedUp), parent: PARENT });
      const source = await box.backUp();
      const before = contentOf(box.stateDir);
      replaceWorkspace(box, between);
      const changed = contentOf(box.stateDir);
      await box.restore(isKnown ? source : asFile(source));
      expect(withoutReport(contentOf(box.stateDir))).toEqual(before);
      await box.undo();
      expect(contentOf(box.stateDir)).toEqual(changed);
    }),
    ROUNDS,
  );
});

test("a part that is restored is as it was backed up, and everything else as it was", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, name, async (backedUp, between, part) => {
      fc.pre(Object.hasOwn(backedUp, part));
      await using box = await machine({ state: asState(backedUp), parent: PARENT });
      const source = await box.backUp();
      const before = contentOf(box.stateDir);
      replaceWorkspace(box, between);
      const changed = contentOf(box.stateDir);
      await box.restore(source, { only: [`${box.stateDir}/workspace/${part}`] });
      const after = contentOf(box.stateDir);
      const isIn = (path: string) =>
        path === `workspace/${part}` || path.startsWith(`workspace/${part}/`);
      for (const [path, entry] of Object.entries(before)) {
        // A directory that is there already keeps its own mode.
        if (isIn(path))
          expect(after[path], path).toMatchObject({ type: (entry as { type: string }).type });
        if (isIn(path) && (entry as { type: string }).type !== "dir")
          expect(after[path], path).toEqual(entry);
      }
      for (const [path, entry] of Object.entries(changed)) {
        if (!isIn(path)) expect(after[path], path).toEqual(entry);
      }
      await box.undo().catch((error) => expect(error).toMatchObject({ code: "path-not-found" }));
    }),
    ROUNDS,
  );
});

test("a restore elsewhere is the same tree", async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.boolean(), async (backedUp, isKnown) => {
      await using box = await machine({ state: asState(backedUp), parent: PARENT });
      const source = await box.backUp();
      await box.restore(isKnown ? source : asFile(source), { target: box.join("there") });
      expect(contentOf(box.join("there/.openclaw"))).toEqual(contentOf(box.stateDir));
    }),
    ROUNDS,
  );
});
