import type { Run, RunPhase } from "./types.ts";

/** What the runs of one job have in common. */
export interface JobStats {
  readonly job: string;
  readonly runs: number;
  /** Failed, cancelled or interrupted. */
  readonly failures: number;
  /** Of the runs that ended well, each the median. */
  readonly durationMs?: number | undefined;
  readonly files?: number | undefined;
  readonly bytes?: number | undefined;
  readonly storedBytes?: number | undefined;
  /** Bytes captured or read a second. */
  readonly bytesPerSecond?: number | undefined;
  /** Median time of each phase, in the order in which they come. */
  readonly phases: readonly RunPhase[];
  readonly last: Run;
}

/** Sums up runs by job, in the order of their names. @param runs - Newest first. */
export function summarizeRuns(runs: readonly Run[]): JobStats[] {
  const byJob = [...Map.groupBy(runs, ({ job }) => job)];
  return byJob.toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([job, its]) => of(job, its));
}

function of(job: string, runs: readonly Run[]): JobStats[] {
  const [last] = runs;
  if (last === undefined) return [];
  const good = runs.filter(({ result }) => result === "success" || result === "incomplete");
  const pending = runs.filter(({ result }) => result === "running");
  const middle = (pick: (run: Run) => number | undefined): number | undefined =>
    median(good.map(pick).filter((value) => value !== undefined));
  return [
    {
      job,
      runs: runs.length,
      failures: runs.length - good.length - pending.length,
      durationMs: middle((run) => run.durationMs),
      files: middle((run) => run.facts.files),
      bytes: middle((run) => run.facts.bytes),
      storedBytes: middle((run) => run.facts.storedBytes),
      bytesPerSecond: middle(rateOf),
      phases: phasesOf(good),
      last,
    },
  ];
}

function rateOf({ durationMs = 0, facts }: Run): number | undefined {
  return facts.bytes === undefined || durationMs === 0
    ? undefined
    : Math.round((facts.bytes * 1000) / durationMs);
}

function phasesOf(runs: readonly Run[]): RunPhase[] {
  const byName = Map.groupBy(
    runs.flatMap(({ phases }) => phases),
    ({ name }) => name,
  );
  return [...byName].map(([name, phases]) => ({
    name,
    durationMs: median(phases.map(({ durationMs }) => durationMs)) ?? 0,
  }));
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
