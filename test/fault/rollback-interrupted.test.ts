import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toBackupError } from "../../lib/base/index.ts";
import { diskOperations, type FileOperations } from "../../lib/filesystem/index.ts";
import { recoverInterrupted } from "../../lib/restore/index.ts";
import {
  Died,
  dyingOperations,
  type RecordedOperation,
  systemError,
  watchedOperations,
} from "../helpers/file-operations.ts";
import { contentOf } from "../helpers/restore-machine.ts";
import { runOrder } from "../helpers/restore-order.ts";
import { Outcomes, rollbackScene, type Scene } from "../helpers/restore-scene.ts";

const DEFAULT = { classes: ["workspace", "skills", "config"], withDatabases: false };
const FACTS_ONLY = { only: ["workspace/USER.md"], withDatabases: false };

/** Rolls back once to know how it ends, and which operations it takes. */
async function rehearse({ box, order, reset }: Scene) {
  const old = contentOf(box.join("user"));
  const operations: RecordedOperation[] = [];
  await runOrder(
    order,
    watchedOperations((operation) => operations.push(operation)),
  );
  const outcomes = new Outcomes(box, old, contentOf(box.join("user")));
  reset();
  return { outcomes, operations };
}

describe("a process that dies before any change that a rollback makes leaves, after the next command, the old files or the new ones", () => {
  test("when files come, go, and change beside a Gateway", async () => {
    await using stage = await rollbackScene(DEFAULT);
    const { outcomes, operations } = await rehearse(stage);
    expect(new Set(operations.map(({ name }) => name))).toContain("setFacts");
    for (const [index, { name }] of operations.entries()) {
      if (name === "fsyncDirectory") continue;
      const dying = dyingOperations(index);
      await runOrder(stage.order, dying).catch(() => undefined);
      await outcomes.settle(`died at ${index}, ${name}`);
      stage.reset();
    }
    outcomes.expectOneTurn();
    const path = stage.box.stateDir;
    expect([...outcomes.said]).toEqual([
      `an interrupted rollback of "${path}" to backup was given up before anything had changed; what it had unpacked is removed`,
      expect.stringContaining(`an interrupted rollback of "${path}" to backup was finished`),
    ]);
  }, 60_000);

  test("when only a mode and a time change", async () => {
    await using stage = await rollbackScene(FACTS_ONLY);
    const { outcomes, operations } = await rehearse(stage);
    for (const index of operations.keys()) {
      await runOrder(stage.order, dyingOperations(index)).catch(() => undefined);
      await outcomes.settle(`died at ${index}`);
      stage.reset();
    }
    outcomes.expectOneTurn();
  });

  test("when it dies between the mode and the time of one file", async () => {
    await using stage = await rollbackScene(FACTS_ONLY);
    const { outcomes } = await rehearse(stage);
    let isDead = false;
    const halfway = watchedOperations(({ name, args }) => {
      if (isDead) throw new Died();
      if (name !== "setFacts") return;
      const [path, { mode }] = args as Parameters<FileOperations["setFacts"]>;
      diskOperations.setFacts(path, { mode });
      isDead = true;
      throw new Died();
    });
    await expect(runOrder(stage.order, halfway)).rejects.toThrow(Error);
    await outcomes.settle("died halfway");
    expect(outcomes.results).toEqual(["new"]);
  });
});

test("a rollback of files that was interrupted is finished beside a running Gateway", async () => {
  await using stage = await rollbackScene(DEFAULT);
  const { outcomes, operations } = await rehearse(stage);
  const renames = operations.flatMap(({ name }, index) => (name === "rename" ? [index] : []));
  await runOrder(stage.order, dyingOperations(renames.at(-3) ?? 0)).catch(() => undefined);
  const findGateway = async () => ({ status: "running", pid: 1, detail: "" }) as never;
  const [said] = await recoverInterrupted(stage.box.home, { findGateway });
  expect(said).toContain("was finished");
  await outcomes.settle("beside a Gateway");
  expect(outcomes.results).toEqual(["new"]);
});

test("an operation that fails once, wherever it does, leaves the old files or the new ones", async () => {
  await using stage = await rollbackScene(DEFAULT);
  const { outcomes, operations } = await rehearse(stage);
  for (const [index, { name }] of operations.entries()) {
    if (name === "fsyncDirectory") continue;
    const failing = watchedOperations((_, at) => {
      if (at === index) throw systemError("EIO");
    });
    const failure = await runOrder(stage.order, failing).then(() => undefined, toBackupError);
    await outcomes.settle(`${name} failed at ${index}: ${failure?.message}`);
    expect(readdirSync(stage.box.join("user")).filter((one) => one.includes("stage"))).toEqual([]);
    stage.reset();
  }
  expect(outcomes.results).toContain("old");
  expect(outcomes.results).toContain("new");
}, 60_000);
