import { expect, test } from "vitest";
import { type Run, summarizeRuns } from "../../../lib/runs/index.ts";

const run = (facts: Partial<Run>): Run => ({
  ...{ id: "r", job: "snapshot", trigger: "schedule", instance: "box", result: "success" },
  ...{ startedAt: "2026-11-21T03:00:00.000Z", facts: {}, phases: [], warnings: [] },
  ...facts,
});

test("the stats of a job are the medians of what ended well, and count what did not", () => {
  const phases = [{ name: "reading", durationMs: 30 }];
  const runs = [
    run({ id: "newest", result: "running" }),
    run({ durationMs: 2000, facts: { bytes: 4000, files: 2 }, phases }),
    run({ durationMs: 1000, facts: { bytes: 4000, files: 3 }, result: "incomplete" }),
    run({ durationMs: 9000, facts: { bytes: 9000 } }),
    run({ durationMs: 99_000, result: "failed" }),
    run({ result: "interrupted" }),
    run({ job: "archive", durationMs: 7 }),
  ];
  const [archive, snapshot] = summarizeRuns(runs);
  expect(archive).toMatchObject({ job: "archive", runs: 1, failures: 0, durationMs: 7 });
  expect(snapshot).toMatchObject({
    ...{ job: "snapshot", runs: 6, failures: 2, durationMs: 2000, bytes: 4000, files: 2 },
    ...{ bytesPerSecond: 2000, phases, last: { id: "newest" } },
  });
});

test("a job that never ended well has no medians", () => {
  expect(summarizeRuns([run({ result: "failed" })])).toMatchObject([
    { runs: 1, failures: 1, durationMs: undefined, phases: [] },
  ]);
  expect(summarizeRuns([])).toEqual([]);
});
