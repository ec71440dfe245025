import { expect, test } from "vitest";
import { dueToday } from "../../../../lib/app/jobs/verify-share.ts";
import {
  findStaleness,
  type HealthFacts,
  measureHoldings,
  measureRecovery,
} from "../../../../lib/app/schedule/health.ts";
import { BackupError, DAY_MS, HOUR_MS } from "../../../../lib/base/index.ts";
import type { Backup } from "../../../../lib/catalog/index.ts";
import type { Run } from "../../../../lib/runs/index.ts";
import { retained } from "../../../helpers/retained-backups.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const ago = (ms: number): string => new Date(NOW.getTime() - ms).toISOString();
const backup = (ageMs: number, facts: Parameters<typeof retained>[1] = {}): Backup =>
  retained(ago(ageMs), { kind: "archive", ...facts }) as Backup;
const run = (job: string, facts: Partial<Run>): Run => ({
  ...{ id: "r", job, trigger: "schedule", instance: "box", startedAt: ago(HOUR_MS) },
  ...{ result: "success", facts: {}, phases: [], warnings: [] },
  ...facts,
});
const facts = (
  backups: readonly Backup[],
  runs: readonly Run[] = [],
  hidden: readonly string[] = [],
): HealthFacts => ({
  now: NOW,
  list: {
    backups,
    problems: hidden.map((storage) => ({ storage, error: new BackupError("wrong-password", "?") })),
    unread: [],
  },
  runs,
  limits: { backupWithinMs: 2 * DAY_MS, verifiedWithinMs: 9 * DAY_MS },
});

test.each<[string, HealthFacts, RegExp | undefined]>([
  ["a backup of an hour ago", facts([backup(HOUR_MS)]), undefined],
  ["no backup", facts([]), /^no backup was made yet$/],
  ["no backup that could be read", facts([], [], ["s3"]), undefined],
  ["only a partial one", facts([backup(HOUR_MS, { full: false })]), /^no backup is whole$/],
  ["only a degraded one", facts([backup(HOUR_MS, { degraded: true })]), /^no backup is whole$/],
  [
    "a backup of three days ago",
    facts([backup(3 * DAY_MS)]),
    /^no backup for 3 d \(more than 2 d\)$/,
  ],
  [
    "a young partial one before an old one",
    facts([backup(HOUR_MS, { full: false }), backup(3 * DAY_MS)]),
    /for 3 d/,
  ],
  [
    "one that was verified long ago",
    facts([backup(HOUR_MS), backup(10 * DAY_MS, { verifiedAt: ago(DAY_MS) })]),
    /^no backup of the last 10 d was verified/,
  ],
  ["ten days without verifying", facts([backup(HOUR_MS), backup(10 * DAY_MS)]), /was verified/],
  [
    "a fresh verified one",
    facts([backup(HOUR_MS, { verifiedAt: ago(0) }), backup(10 * DAY_MS)]),
    undefined,
  ],
  ["a backup of tomorrow", facts([backup(-DAY_MS)]), undefined],
  [
    "a job that failed",
    facts(
      [backup(HOUR_MS)],
      [run("snapshot", { result: "failed", error: { code: "x", message: "disk full" } })],
    ),
    /^job snapshot failed at .*: disk full$/,
  ],
  [
    "a job that failed and then did not",
    facts([backup(HOUR_MS)], [run("snapshot", {}), run("snapshot", { result: "failed" })]),
    undefined,
  ],
  [
    "a job that failed and runs again",
    facts(
      [backup(HOUR_MS)],
      [run("snapshot", { result: "running" }), run("snapshot", { result: "failed" })],
    ),
    /^job snapshot failed/,
  ],
  [
    "a job that vanished",
    facts([backup(HOUR_MS)], [run("verify", { result: "interrupted" })]),
    /^job verify was interrupted/,
  ],
])("of %s it says what is to say", (_, given, expected) => {
  const problems = findStaleness(given).join("\n");
  if (expected === undefined) expect(problems).toBe("");
  else expect(problems).toMatch(expected);
});

test("recovery tells how far back and how long", () => {
  const backups = [backup(HOUR_MS), backup(DAY_MS, { verifiedAt: ago(HOUR_MS) })];
  const runs = [run("verify", { durationMs: 9000, facts: { backup: "a" } })];
  expect(measureRecovery(facts(backups, runs))).toEqual({
    newestAgeMs: HOUR_MS,
    verifiedAgeMs: DAY_MS,
    restoreTime: { durationMs: 9000, measuredAt: ago(HOUR_MS), by: "verify" },
  });
  expect(measureRecovery(facts([]))).toEqual({});
});

test("holdings count what is kept and how it grows", () => {
  const backups = [
    backup(HOUR_MS, { sizeBytes: 500, storedBytes: 10 }),
    backup(2 * HOUR_MS, { kind: "snapshot", sizeBytes: 480, storedBytes: 1 }),
    backup(40 * DAY_MS, { sizeBytes: 200, storedBytes: 5 }),
  ];
  expect(measureHoldings(facts(backups))).toEqual({
    ...{ archives: 2, snapshots: 1, storedBytes: 16, storedLastMonthBytes: 11 },
    ...{ sizeBytes: 500, grewBytes: 300 },
  });
  expect(measureHoldings(facts([backup(HOUR_MS)])).grewBytes).toBeUndefined();
});

const due = (backups: readonly Backup[], days = 30) =>
  dueToday(backups, NOW, days).map(({ createdAt }) => createdAt);

test("the newest archive and the newest snapshot are read back, and nothing that was read lately", () => {
  const snapshots = [1, 2].map((h) => backup(h * HOUR_MS, { kind: "snapshot", sizeBytes: 1e6 }));
  const archives = [3, 4].map((h) => backup(h * HOUR_MS));
  expect(due([...snapshots, ...archives])).toEqual([ago(HOUR_MS), ago(3 * HOUR_MS)]);
  const read = [...snapshots, ...archives].map((each) => ({ ...each, verifiedAt: ago(0) }));
  expect(due(read)).toEqual([]);
});

test("a large snapshot is read back once a week", () => {
  const big = (hours: number, verifiedAt?: string) =>
    backup(hours * HOUR_MS, { kind: "snapshot", sizeBytes: 5e9, verifiedAt });
  expect(due([big(1), big(2, ago(6 * DAY_MS))])).toEqual([]);
  expect(due([big(1), big(200, ago(8 * DAY_MS))])).toEqual([ago(HOUR_MS)]);
});

test.each([7, 30])("every archive is read back within %i days, whatever their number", (days) => {
  for (const howMany of [1, 5, 29, 100]) {
    let archives = Array.from({ length: howMany }, (_, i) => backup((i + 1) * HOUR_MS));
    for (let day = 0; day < days; day++) {
      const now = new Date(NOW.getTime() + day * DAY_MS);
      const today = new Set(dueToday(archives, now, days).map(({ id }) => id));
      archives = archives.map((each) =>
        today.has(each.id) ? { ...each, verifiedAt: now.toISOString() } : each,
      );
    }
    expect(archives.filter(({ verifiedAt }) => verifiedAt === undefined)).toEqual([]);
  }
});
