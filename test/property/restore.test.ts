import { existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asState, name, replaceWorkspace, tree } from "../helpers/arbitrary-trees.ts";
import { asFile, contentOf, machine } from "../helpers/restore-machine.ts";

const PARENT = existsSync("/dev/shm") ? "/dev/shm" : undefined;

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
