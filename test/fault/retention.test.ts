import { cpSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import {
  applyInstanceRetention,
  checkInstanceRepository,
  listBackups,
  planInstanceRetention,
  verifyBackup,
} from "../../lib/app/index.ts";
import { faultyStorage } from "../helpers/faulty-storage.ts";
import { retentionScene } from "../helpers/retention-scene.ts";

const CHOICE = { policy: { last: 1 } };

const names = (backups: readonly { name: string | null }[]) => backups.map(({ name }) => name);

test("what a plan says goes, the space of snapshots is given back, and a second time nothing is left to do", async () => {
  await using scene = await retentionScene(4);
  const { app } = scene;
  const plan = await planInstanceRetention(app, CHOICE);
  const report = await applyInstanceRetention(app, plan, CHOICE);
  expect(report).toMatchObject({ kept: 4, failures: [], spared: [] });
  expect(names(report.removed).toSorted()).toEqual(["a1", "a2", "s1", "s2"]);
  expect(report.pruned).toMatchObject([{ storage: "local", instance: "tester" }]);
  const { backups, problems } = await listBackups(app);
  expect(problems).toEqual([]);
  expect(names(backups).toSorted()).toEqual(["a0", "a3", "s0", "s3"]);
  expect((await checkInstanceRepository(app)).ok).toBe(true);
  const again = await applyInstanceRetention(app, await planInstanceRetention(app, CHOICE), CHOICE);
  expect(again).toMatchObject({ removed: [], kept: 4, pruned: [] });
});

test.each(["before", "response"] as const)(
  "a deletion that fails (%s) leaves archives that are listed whole or not at all, and the next run ends the work",
  async (at) => {
    await using scene = await retentionScene(4, ["archive"]);
    const { app, world } = scene;
    const storage = world.user.join(".clawback/storage");
    cpSync(storage, world.user.join("before"), { recursive: true });
    // The record, the archive and its list, of each of two.
    for (let nth = 1; nth <= 7; nth++) {
      rmSync(storage, { recursive: true });
      cpSync(world.user.join("before"), storage, { recursive: true });
      const broken = scene.withStorage((inner) =>
        faultyStorage(inner, [{ on: "delete", key: /archives/, nth, at }]),
      );
      const plan = await planInstanceRetention(broken, CHOICE);
      const report = await applyInstanceRetention(broken, plan, CHOICE);
      expect(report.failures).toHaveLength(nth > 6 ? 0 : 1);
      const { backups, problems } = await listBackups(app);
      expect(problems).toEqual([]);
      expect(names(backups)).toEqual(expect.arrayContaining(["a3", "a0"]));
      for (const { id } of backups) expect((await verifyBackup(app, id)).ok).toBe(true);
      const rest = await planInstanceRetention(app, CHOICE);
      expect((await applyInstanceRetention(app, rest, CHOICE)).failures).toEqual([]);
      expect(names((await listBackups(app)).backups)).toEqual(["a3", "a0"]);
    }
  },
);

test("a snapshot whose deletion fails is listed whole, and the repository is sound", async () => {
  await using scene = await retentionScene(4, ["snapshot"]);
  const { app } = scene;
  const broken = scene.withStorage((inner) =>
    faultyStorage(inner, [{ on: "delete", key: /snapshots/, nth: 2 }]),
  );
  const plan = await planInstanceRetention(broken, CHOICE);
  const report = await applyInstanceRetention(broken, plan, CHOICE);
  expect(names(report.removed)).toEqual(["s1"]);
  expect(report.failures).toMatchObject([{ code: "storage-unavailable", left: 1 }]);
  expect(names((await listBackups(app)).backups)).toEqual(["s3", "s2", "s0"]);
  expect((await checkInstanceRepository(app)).ok).toBe(true);
});

test("where the credentials may not delete, nothing goes, and it is said who can", async () => {
  await using scene = await retentionScene(4);
  const { app } = scene;
  const denied = scene.withStorage((storage) =>
    faultyStorage(storage, [
      { on: "delete", key: /^(?!.*locks\/)/, times: 1000, error: "storage-access-denied" },
    ]),
  );
  const plan = await planInstanceRetention(denied, CHOICE);
  const report = await applyInstanceRetention(denied, plan, CHOICE);
  expect(report).toMatchObject({ removed: [], pruned: [] });
  expect(report.failures).toMatchObject([
    { code: "storage-access-denied", left: 2, hint: expect.stringContaining("pruner") },
    { code: "storage-access-denied", left: 2, hint: expect.stringContaining("pruner") },
  ]);
  expect((await listBackups(app)).backups).toHaveLength(8);
});

test("a storage that fails keeps no other from being thinned out", async () => {
  await using scene = await retentionScene(4, ["archive"]);
  const { app } = scene;
  const broken = scene.withStorage((storage) =>
    faultyStorage(storage, [{ on: "delete", key: /archives/, nth: 2, times: 1000 }]),
  );
  const plan = await planInstanceRetention(broken, CHOICE);
  const report = await applyInstanceRetention(broken, plan, CHOICE);
  expect(report.failures).toMatchObject([{ code: "storage-unavailable", left: 2 }]);
  // Its record was gone before the failure, so it is listed no more; its bytes are swept three days later.
  expect((await listBackups(app)).backups).toHaveLength(3);
});
