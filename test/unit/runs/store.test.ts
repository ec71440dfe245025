import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { openRuns } from "../../../lib/runs/index.ts";
import type { BeginRun, EndRun } from "../../../lib/runs/types.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

const begun = (facts: Partial<BeginRun> = {}): BeginRun => ({
  ...{ id: "20261121T030000Z-aaaaaa", job: "snapshot", trigger: "schedule", instance: "box" },
  ...{ startedAt: new Date("2026-11-21T03:00:00Z"), host: hostname(), pid: process.pid },
  ...facts,
});
const ended = (facts: Partial<EndRun> = {}): EndRun => ({
  ...{ endedAt: "2026-11-21T03:00:05.000Z", durationMs: 5000, exitCode: 0, result: "success" },
  ...{ facts: { files: 3, bytes: 1000 }, phases: [{ name: "reading", durationMs: 40 }] },
  ...{ warnings: [] },
  ...facts,
});

function storeIn(dir: TempDir) {
  const problems: string[] = [];
  const path = dir.join("runs.sqlite");
  const store = openRuns(path, {
    clock: fakeClock(),
    onProblem: (text) => problems.push(text),
  });
  return { path, store, problems };
}

test("a run is listed with all that is known of it, and its file is for its user only", async () => {
  await using dir = await tempDir();
  const { path, store, problems } = storeIn(dir);
  expect(store.list()).toEqual([]);
  await store.begin(begun());
  await store.end("20261121T030000Z-aaaaaa", ended());
  expect(store.list()).toEqual([
    {
      ...{ id: "20261121T030000Z-aaaaaa", job: "snapshot", trigger: "schedule", instance: "box" },
      ...{ startedAt: "2026-11-21T03:00:00.000Z", ...ended() },
    },
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(problems).toEqual([]);
});

test("runs are found by job, result and time, newest first", async () => {
  await using dir = await tempDir();
  const { store } = storeIn(dir);
  for (const [hour, job, result] of [
    [1, "snapshot", "success"],
    [2, "archive", "failed"],
    [3, "snapshot", "failed"],
    [4, "snapshot", "success"],
  ] as const) {
    const startedAt = new Date(Date.UTC(2026, 10, 21, hour));
    await store.begin(begun({ id: `run-${hour}`, job, startedAt }));
    await store.end(`run-${hour}`, ended({ result }));
  }
  const ids = (filter: Parameters<typeof store.list>[0]) => store.list(filter).map(({ id }) => id);
  expect(ids({})).toEqual(["run-4", "run-3", "run-2", "run-1"]);
  expect(ids({ job: "snapshot", limit: 2 })).toEqual(["run-4", "run-3"]);
  expect(ids({ result: "failed" })).toEqual(["run-3", "run-2"]);
  expect(ids({ result: "success", limit: 1 })).toEqual(["run-4"]);
  expect(
    ids({ since: new Date("2026-11-21T02:00:00Z"), until: new Date("2026-11-21T03:00:00Z") }),
  ).toEqual(["run-3", "run-2"]);
});

test("a run without an end is under way while its process lives, and interrupted afterwards", async () => {
  await using dir = await tempDir();
  const { store } = storeIn(dir);
  const startedAt = systemClock.now();
  await store.begin(begun({ id: "here", startedAt }));
  await store.begin(begun({ id: "gone", startedAt, pid: 4_000_000 }));
  await store.begin(begun({ id: "elsewhere", startedAt, pid: 4_000_000, host: "other" }));
  const results = Object.fromEntries(store.list().map(({ id, result }) => [id, result]));
  expect(results).toEqual({ here: "running", gone: "interrupted", elsewhere: "running" });
});

test("runs of more than a year ago are forgotten", async () => {
  await using dir = await tempDir();
  const { store } = storeIn(dir);
  await store.begin(begun({ id: "old", startedAt: new Date("2025-01-01T00:00:00Z") }));
  await store.begin(begun({ id: "new" }));
  expect(store.list().map(({ id }) => id)).toEqual(["new"]);
});

const OTHER_TABLE = "CREATE TABLE runs (a, b); INSERT INTO runs VALUES (1, 2)";

test.each<[string, (path: string) => void]>([
  ["is no database", (path) => writeFileSync(path, "junk".repeat(1000))],
  ["has another table of that name", (path) => new DatabaseSync(path).exec(OTHER_TABLE)],
  ["is a directory", (path) => mkdirSync(path)],
])("a run file that %s is moved aside and said, and the run is recorded", async (_, spoil) => {
  await using dir = await tempDir();
  const { path, store, problems } = storeIn(dir);
  spoil(path);
  await store.begin(begun());
  await store.end("20261121T030000Z-aaaaaa", ended());
  expect(store.list()).toMatchObject([{ result: "success" }]);
  expect(problems).toEqual([expect.stringContaining("a new record begins")]);
  expect(readdirSync(dir.path).filter((name) => name.includes("damaged-2026"))).toHaveLength(1);
});

test("a file of a newer program is left alone, and the run is not recorded", async () => {
  await using dir = await tempDir();
  const { path, store, problems } = storeIn(dir);
  new DatabaseSync(path).exec("PRAGMA user_version=9");
  await store.begin(begun());
  expect(store.list()).toEqual([]);
  expect(problems).toEqual([
    expect.stringContaining("version 9, this program knows 1"),
    expect.stringContaining("cannot be read"),
  ]);
  expect(readdirSync(dir.path)).toEqual(["runs.sqlite"]);
});

test("a file that another process holds costs the row and nothing else", async () => {
  await using dir = await tempDir();
  const { path, store, problems } = storeIn(dir);
  await store.begin(begun({ id: "before" }));
  using other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  await store.begin(begun({ id: "meanwhile" }));
  expect(problems).toEqual([expect.stringContaining("this run is not recorded")]);
  other.exec("ROLLBACK");
  expect(store.list().map(({ id }) => id)).toEqual(["before"]);
});

test.skipIf(process.getuid?.() === 0)("a home that cannot be written costs the row", async () => {
  await using dir = await tempDir();
  const { store, problems } = storeIn(dir);
  chmodSync(dir.path, 0o500);
  await store.begin(begun());
  chmodSync(dir.path, 0o700);
  expect(problems).toHaveLength(1);
});
