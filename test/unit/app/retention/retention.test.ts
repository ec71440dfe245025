import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import {
  applyInstanceRetention,
  createBackup,
  holdBackup,
  listBackups,
  openApp,
  planInstanceRetention,
} from "../../../../lib/app/index.ts";
import { DAY_MS } from "../../../../lib/base/index.ts";
import { retentionScene } from "../../../helpers/retention-scene.ts";

// A dozen real archives each, also on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

const names = (decisions: readonly { backup: { name: string | null } }[]) =>
  decisions.map(({ backup }) => backup.name);

test("each kind has its own policy, and every backup a reason", async () => {
  await using scene = await retentionScene(4, ["archive"]);
  const { app } = scene;
  const standard = await planInstanceRetention(app);
  expect(standard.policies).toEqual([
    expect.objectContaining({ instance: "tester", kind: "archive", text: "5 last, within 35d" }),
    expect.objectContaining({
      kind: "snapshot",
      text: "48 hourly, 30 daily, 8 weekly, 12 monthly",
    }),
  ]);
  expect(standard.remove).toEqual([]);
  const retention = { archives: { last: 1 }, snapshots: "keep-30" as const };
  const own = await planInstanceRetention({ ...app, settings: { ...app.settings, retention } });
  expect(own.policies.map(({ text }) => text)).toEqual(["1 last", "30 last"]);
  // The oldest stays as the restore point of 30 days to come.
  expect(names(own.remove)).toEqual(["a2", "a1"]);
  for (const { reasons } of [...own.keep, ...own.remove]) expect(reasons.length).toBeGreaterThan(0);
});

test("an instance's own policy stands above that of all", async () => {
  await using scene = await retentionScene(3, ["archive"]);
  const { app } = scene;
  const retention = { archives: { last: 1 }, instances: { tester: { archives: "keep-all" } } };
  const plan = await planInstanceRetention({
    ...app,
    settings: { ...app.settings, retention },
  } as never);
  expect(plan.remove).toEqual([]);
  expect(plan.policies[0]?.text).toBe("all last");
});

test("an empty policy is refused, from settings and from flags", async () => {
  await using scene = await retentionScene(1, ["archive"]);
  const { app } = scene;
  const refused = { code: "policy-refused" };
  await expect(planInstanceRetention(app, { policy: {} })).rejects.toMatchObject(refused);
  await expect(planInstanceRetention(app, { policy: { last: 0 } })).rejects.toMatchObject(refused);
  const settings = { ...app.settings, retention: { archives: {} } };
  await expect(planInstanceRetention({ ...app, settings })).rejects.toMatchObject(refused);
});

test("what was held since the plan was made stays", async () => {
  await using scene = await retentionScene(4, ["archive"]);
  const { app } = scene;
  const choice = { policy: { last: 1 } };
  const plan = await planInstanceRetention(app, choice);
  expect(names(plan.remove)).toEqual(["a2", "a1"]);
  await holdBackup(app, "a1");
  const report = await applyInstanceRetention(app, plan, choice);
  expect(names(report.removed.map((backup) => ({ backup })))).toEqual(["a2"]);
  expect(names(report.spared.map((backup) => ({ backup })))).toEqual(["a1"]);
});

test("only what was shown goes, even where more would go by now", async () => {
  await using scene = await retentionScene(4, ["archive"]);
  const { app, clock } = scene;
  const choice = { policy: { last: 1 } };
  const plan = await planInstanceRetention(app, choice);
  clock.advance(DAY_MS);
  await createBackup(app, { name: "a4" });
  const report = await applyInstanceRetention(app, plan, choice);
  expect(names(report.removed.map((backup) => ({ backup })))).toEqual(["a1", "a2"]);
  expect((await listBackups(app)).backups.map(({ name }) => name)).toEqual(["a4", "a3", "a0"]);
});

test("an abnormal change suspends removal and says so, until a person accepts it", async () => {
  await using scene = await retentionScene(1, ["archive"]);
  const { app, clock, world } = scene;
  const big = world.user.join(".openclaw/workspace/big.bin");
  writeFileSync(big, Buffer.alloc(3_000_000, 7));
  for (const name of ["a1", "a2", "a3", "a4", "a5"]) {
    clock.advance(DAY_MS);
    await createBackup(app, { name });
  }
  writeFileSync(big, "gone");
  clock.advance(DAY_MS);
  await createBackup(app, { name: "a6" });
  const choice = { policy: { last: 2 } };
  const plan = await planInstanceRetention(app, choice);
  expect(plan).toMatchObject({ remove: [], warnings: [{ code: "abnormal-change" }] });
  const suspended = await applyInstanceRetention(app, plan, choice);
  expect(suspended.removed).toEqual([]);
  expect(suspended.warnings).toEqual([expect.stringContaining("nothing is removed for a week")]);
  const accepting = { ...choice, acceptChanges: true };
  const accepted = await planInstanceRetention(app, accepting);
  expect(accepted).toMatchObject({ warnings: [] });
  expect((await applyInstanceRetention(app, accepted, accepting)).removed.length).toBe(4);
  // It is remembered for every later run.
  const { environment } = app;
  await using later = await openApp({ environment, flags: { home: app.settings.home }, clock });
  expect(later.settings.retention.changesAcceptedAt).toBe(clock.now().toISOString());
});

test("archives that were never completed are swept when they are three days old, by the same command", async () => {
  await using scene = await retentionScene(1, ["archive"]);
  const { app, world, clock } = scene;
  const folder = world.user.join(".clawback/storage/tester/archives/20261101T030000Z-aaaaaa");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/archive.tar.gz`, "half");
  const young = clock.now().getTime() / 1000 - 2 * 86_400;
  utimesSync(`${folder}/archive.tar.gz`, young, young);
  expect((await planInstanceRetention(app)).unfinished).toEqual([]);
  utimesSync(`${folder}/archive.tar.gz`, young - 2 * 86_400, young - 2 * 86_400);
  const plan = await planInstanceRetention(app);
  expect(plan.unfinished).toMatchObject([{ id: "20261101T030000Z-aaaaaa", bytes: 4 }]);
  const report = await applyInstanceRetention(app, plan);
  expect(report.swept).toEqual({ archives: 1, bytes: 4, uploads: 0 });
  expect((await planInstanceRetention(app)).unfinished).toEqual([]);
});

test("what another instance has is not touched, unless it is named or all are", async () => {
  await using scene = await retentionScene(2, ["archive"]);
  const { app, clock } = scene;
  for (const name of ["o1", "o2", "o3", "o4"]) {
    clock.advance(DAY_MS);
    await createBackup(app, { name, instance: "other" });
  }
  const policy = { last: 1 };
  expect((await planInstanceRetention(app, { policy })).remove).toEqual([]);
  const all = await planInstanceRetention(app, { policy, instance: "all" });
  expect(names(all.remove)).toEqual(["o3", "o2"]);
  expect(all.policies.map(({ instance }) => instance)).toContain("other");
});
