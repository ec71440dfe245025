import { existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLastRollback } from "../../lib/restore/index.ts";
import { asState, name, replaceWorkspace, tree } from "../helpers/arbitrary-trees.ts";
import { contentOf, machine } from "../helpers/restore-machine.ts";
import { rewinder } from "../helpers/rollback.ts";

const PARENT = existsSync("/dev/shm") ? "/dev/shm" : undefined;
const ROUNDS = { numRuns: 25, timeout: 50_000 };

test("whatever an agent made of its workspace, a rollback brings back the snapshot's, and undo the agent's", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (taken, broken) => {
      await using box = await machine({ state: asState(taken), parent: PARENT });
      const rewind = await rewinder(box);
      const source = await rewind.take();
      const before = contentOf(box.stateDir);
      replaceWorkspace(box, broken);
      const changed = contentOf(box.stateDir);
      const report = await rewind.apply(await rewind.plan(source));
      expect(report).toMatchObject({ refused: [], warnings: [] });
      expect(contentOf(box.stateDir)).toEqual(before);
      expect((await rewind.plan(source)).plan.entries).toEqual([]);
      const last = readLastRollback(box.home, box.stateDir);
      const saved = rewind.saved.get(last?.before.id ?? "");
      if (saved !== undefined) await rewind.apply(await rewind.plan(saved, last?.choice));
      expect(contentOf(box.stateDir)).toEqual(changed);
    }),
    ROUNDS,
  );
});

test("of a path that is asked for, a rollback makes the snapshot's, and leaves everything else as it is", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, name, async (taken, broken, part) => {
      fc.pre(Object.hasOwn(taken, part) || Object.hasOwn(broken, part));
      await using box = await machine({ state: asState(taken), parent: PARENT });
      const rewind = await rewinder(box);
      const source = await rewind.take();
      const before = contentOf(box.stateDir);
      replaceWorkspace(box, broken);
      const changed = contentOf(box.stateDir);
      const only = [`${box.stateDir}/workspace/${part}`];
      await rewind.apply(await rewind.plan(source, { only }));
      const after = contentOf(box.stateDir);
      const isIn = (path: string) =>
        path === `workspace/${part}` || path.startsWith(`workspace/${part}/`);
      const pick = (content: Record<string, unknown>, isWanted: (path: string) => boolean) =>
        Object.fromEntries(Object.entries(content).filter(([path]) => isWanted(path)));
      expect(pick(after, isIn)).toEqual(pick(before, isIn));
      const isElse = (path: string) => !isIn(path);
      expect(pick(after, isElse)).toEqual(pick(changed, isElse));
    }),
    ROUNDS,
  );
});
