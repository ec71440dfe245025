import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundledProcess, bundledProcess } from "../helpers/bundled-process.ts";
import { canMount } from "../helpers/mounts.ts";
import { contentOf, makeDatabase } from "../helpers/restore-machine.ts";
import type { KilledOrder } from "../helpers/restore-process.ts";
import { Outcomes, rollbackScene, type Scene, scene } from "../helpers/restore-scene.ts";

const SOURCE: string = new URL("../helpers/restore-process.ts", import.meta.url).pathname;

let program: BundledProcess;
beforeAll(async () => {
  program = await bundledProcess(SOURCE);
});
afterAll(() => program[Symbol.asyncDispose]());

/** Runs the restore in a process of its own. @returns whether it came to its end */
function runProcess(order: KilledOrder): boolean {
  const { path, env } = program;
  const args = [path, JSON.stringify(order)];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { env });
  if (signal === "SIGKILL") return false;
  if (status !== 0) throw new Error(String(stderr));
  return true;
}

/**
 * Kills the process while it unpacks, and before every one of its changes to the disk after that; flushing changes nothing for a kill.
 */
async function killEverywhere(
  { box, order, reset }: Scene,
  pieces: readonly number[] = [-1, -2, -4],
): Promise<Outcomes> {
  const old = contentOf(box.join("user"));
  const stepsFile = box.join("steps");
  expect(runProcess({ ...order, killAt: Number.MAX_SAFE_INTEGER, stepsFile })).toBe(true);
  const outcomes = new Outcomes(box, old, contentOf(box.join("user")));
  const names: string[] = JSON.parse(readFileSync(stepsFile, "utf8"));
  const steps = names.flatMap((name, index) => (name === "fsyncDirectory" ? [] : [index]));
  expect(steps.length).toBeGreaterThan(8);
  for (const killAt of [...pieces, ...steps]) {
    reset();
    expect(runProcess({ ...order, killAt })).toBe(false);
    await outcomes.settle(`killed at ${killAt}`);
  }
  return outcomes;
}

describe("a process that is killed at any step leaves, after the next command, the old state or the new one", () => {
  test("when whole trees are swapped", async () => {
    await using stage = await scene();
    const outcomes = await killEverywhere(stage);
    outcomes.expectOneTurn();
    expect([...outcomes.said].map((text) => text.replaceAll(stage.box.base.path, ""))).toEqual([
      'an interrupted restore of backup to "/user/.openclaw" was given up before anything had changed; what it had unpacked is removed',
      'an interrupted restore of backup to "/user/.openclaw" was finished; what was there before is kept in "/user/work.pre-restore-20261121T030000Z", "/user/.openclaw.pre-restore-20261121T030000Z"',
    ]);
  });

  test("when whole trees are swapped for those of a snapshot", async () => {
    await using stage = await scene({ asSnapshot: true });
    const outcomes = await killEverywhere(stage);
    outcomes.expectOneTurn();
    expect(outcomes.said.size).toBe(2);
  });

  test("when parts are replaced", async () => {
    await using stage = await scene();
    const order = { ...stage.order, options: { only: ["workspace", "skills", "state"] } };
    const outcomes = await killEverywhere({ ...stage, order });
    outcomes.expectOneTurn();
  });

  test("when it rolls back databases as well", async () => {
    await using stage = await rollbackScene(
      { classes: ["databases"], withDatabases: true },
      (box) => {
        rmSync(`${box.stateDir}/state`, { recursive: true });
        mkdirSync(`${box.stateDir}/state`);
        makeDatabase(`${box.stateDir}/state/openclaw.sqlite`, { note: "newer" });
      },
    );
    const outcomes = await killEverywhere(stage, [-1]);
    outcomes.expectOneTurn();
  });

  test.skipIf(!canMount)("when the state directory is a mounted volume (needs root)", async () => {
    await using stage = await scene();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", stage.box.stateDir]);
    try {
      stage.reset();
      const outcomes = await killEverywhere(stage);
      outcomes.expectOneTurn();
    } finally {
      execFileSync("umount", [stage.box.stateDir]);
    }
  });
});
