import { describe, expect, test } from "vitest";
import { diskOperations, type FileOperations } from "../../lib/filesystem/index.ts";
import { undoRestore } from "../../lib/restore/index.ts";
import {
  call,
  dyingOperations,
  type RecordedOperation,
  watchedOperations,
} from "../helpers/file-operations.ts";
import { contentOf, NOW } from "../helpers/restore-machine.ts";
import { runOrder } from "../helpers/restore-order.ts";
import { FEW_BYTES, Outcomes, type Scene, scene } from "../helpers/restore-scene.ts";

type Work = (stage: Scene, operations: FileOperations) => Promise<unknown>;

const restoreWhole: Work = ({ order }, operations) => runOrder(order, operations);
const restoreUnknown: Work = ({ order: { list: _, ...order } }, operations) =>
  runOrder(order, operations);
const restoreParts: Work = ({ order }, operations) =>
  runOrder({ ...order, options: { only: ["workspace", "skills", "state"] } }, operations);
const restoreElsewhere: Work = ({ order, box }, operations) =>
  runOrder({ ...order, options: { target: box.join("user/there/deep") } }, operations);
const undo: Work = ({ box }, operations) =>
  undoRestore({
    home: box.home,
    stateDir: box.stateDir,
    installation: box.installation(),
    now: NOW,
    operations,
  });

/** What is done before the work that is interrupted. */
const KINDS: readonly (readonly [string, Work, Work | undefined])[] = [
  ["a restore of whole trees", restoreWhole, undefined],
  ["a restore of an archive whose list is unknown", restoreUnknown, undefined],
  ["a restore of parts", restoreParts, undefined],
  ["a restore elsewhere", restoreElsewhere, undefined],
  ["an undo of whole trees", undo, restoreWhole],
  ["an undo of parts", undo, restoreParts],
];

async function prepared(before: Work | undefined): Promise<Scene> {
  const stage = await scene({ noiseBytes: FEW_BYTES });
  if (before !== undefined) {
    await before(stage, diskOperations);
    stage.keep();
  }
  return stage;
}

/** Does the work once, to learn what it comes to, and which steps it has; to end before flushing is to end before the next one. */
async function rehearse(
  stage: Scene,
  work: Work,
): Promise<{ outcomes: Outcomes; steps: number[] }> {
  const old = contentOf(stage.box.join("user"));
  const steps: number[] = [];
  await work(
    stage,
    watchedOperations(({ name }, index) => {
      if (name !== "fsyncDirectory") steps.push(index);
    }),
  );
  return { outcomes: new Outcomes(stage.box, old, contentOf(stage.box.join("user"))), steps };
}

describe.each(KINDS)("%s", (_, work, before) => {
  test("that ends before any of its steps leaves the old state or the new one", async () => {
    await using stage = await prepared(before);
    const { outcomes, steps } = await rehearse(stage, work);
    for (const index of steps) {
      stage.reset();
      // One that dies while it clears up has done its work, and says so.
      await work(stage, dyingOperations(index)).catch(() => undefined);
      await outcomes.settle(`died at ${index}`);
    }
    outcomes.expectOneTurn();
  });

  test("of which a power cut takes any of the steps not yet flushed leaves the old state or the new one", async () => {
    await using stage = await prepared(before);
    const { outcomes } = await rehearse(stage, work);
    stage.reset();
    const operations = await recordFromSwap(stage, work);
    for (let end = 0; end <= operations.length; end++) {
      const flushed = lastFlush(operations, end);
      for (const lost of subsets(end - flushed)) {
        stage.reset();
        operations.slice(0, end).forEach((operation, index) => {
          if (!lost.has(index - flushed)) tryCall(operation);
        });
        await outcomes.settle(`cut at ${end} without ${[...lost].join()}`);
      }
    }
    expect(outcomes.results).toContain("old");
    expect(outcomes.results.at(-1)).toBe("new");
  });
});

/**
 * Records the calls from the journal of the swap on, and keeps what is on the disk just before: everything that was unpacked was flushed
 * by then.
 */
async function recordFromSwap(stage: Scene, work: Work): Promise<RecordedOperation[]> {
  let recorded: RecordedOperation[] = [];
  await work(
    stage,
    watchedOperations((operation) => {
      if (operation.name === "createFile") {
        stage.keep();
        recorded = [];
      }
      recorded.push(operation);
    }),
  );
  return recorded;
}

/** How many of the first `end` calls were on disk for certain: all before the last flush. */
function lastFlush(operations: readonly RecordedOperation[], end: number): number {
  return operations.slice(0, end).findLastIndex(({ name }) => name === "fsyncDirectory") + 1;
}

/** Every way to lose some of so many calls; for many, none, all, and each single one. */
function* subsets(size: number): Generator<Set<number>> {
  const all = Array.from({ length: size }, (_, i) => i);
  if (size > 3) {
    yield* [new Set<number>(), new Set(all), ...all.map((i) => new Set([i]))];
    return;
  }
  for (let bits = 0; bits < 2 ** size; bits++) yield new Set(all.filter((i) => (bits >> i) & 1));
}

function tryCall(operation: RecordedOperation): void {
  try {
    call(operation);
  } catch {
    // It worked on something that was lost.
  }
}
