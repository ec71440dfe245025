import type { JobStats, Run, RunFilter, RunResult } from "../../app/index.ts";
import { count, escapeText, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime, shownIds } from "../format.ts";
import { formatTable } from "../table.ts";

const RESULTS: readonly RunResult[] = [
  ...(["success", "incomplete", "failed", "cancelled", "interrupted", "running"] as const),
];
const DEFAULT_LIMIT = 20;

export const runs: CommandDefinition = {
  usage: "runs",
  group: "Setup and care",
  summary: "show what jobs ran, how they ended, and how fast they were",
  flags: [
    { flags: "--job <job>", description: "only runs of this job" },
    { flags: "--result <result>", description: "only those that ended so", choices: RESULTS },
    { flags: "--since <time>", description: "only from this time on, such as yesterday" },
    { flags: "--until <time>", description: "only up to this time" },
    {
      flags: "--limit <n>",
      description: `at most this many (default: ${DEFAULT_LIMIT}; with --json or --stats all)`,
      parse: flag.wholeNumber(1, 1_000_000, "limit"),
    },
    { flags: "--stats", description: "times, rates and failures of each job instead" },
  ],
  examples: [
    ["runs --result failed --since 'last monday'", "what went wrong lately"],
    ["runs --job snapshot --stats", "how long snapshots take"],
  ],
  run: async ({ app, output }, _args, flags) => {
    const { listRuns, readRunStats } = await import("../../app/index.ts");
    const now = app.clock.now();
    const filter: RunFilter = {
      job: flag.text(flags, "job"),
      result: flag.text(flags, "result") as RunResult | undefined,
      since: flag.time(flags, "since", now, "start"),
      until: flag.time(flags, "until", now, "end"),
      limit: flag.number(flags, "limit"),
    };
    if (flag.isSet(flags, "stats")) {
      const jobs = readRunStats(app, filter);
      output.result({ jobs }, () => formatStats(jobs));
      return 0;
    }
    const isShort = filter.limit === undefined && !output.options.json;
    const found = listRuns(app, isShort ? { ...filter, limit: DEFAULT_LIMIT } : filter);
    output.result({ runs: found }, () => formatRuns(found));
    return 0;
  },
};

function formatRuns(found: readonly Run[]): string {
  if (found.length === 0) return "no runs; timers come with clawback schedule install";
  const rows = found.map((run) => [
    formatTime(run.startedAt),
    run.job,
    run.result === "failed" ? "FAILED" : run.result,
    run.durationMs === undefined ? "" : formatDuration(run.durationMs),
    whatOf(run),
  ]);
  const columns = ["STARTED", "JOB", "RESULT", "TOOK", ""].map((title) => ({ title }));
  return formatTable(columns, rows);
}

function whatOf({ facts, error }: Run): string {
  if (error !== undefined) return escapeText(error.message);
  const { backup = "", files, storedBytes, omissions, removed, suspended } = facts;
  return [
    ...(backup === "" ? [] : [shownIds(backup)]),
    ...(files === undefined ? [] : [count(files, "file")]),
    ...(storedBytes === undefined ? [] : [`${formatSize(storedBytes)} stored`]),
    ...(omissions ? [count(omissions, "omission")] : []),
    ...(removed === undefined ? [] : [`${count(removed, "backup")} removed`]),
    ...(suspended === undefined ? [] : ["removal suspended"]),
  ].join(", ");
}

function formatStats(jobs: readonly JobStats[]): string {
  if (jobs.length === 0) return "no runs";
  const size = (bytes: number | undefined): string =>
    bytes === undefined ? "" : formatSize(bytes);
  const rows = jobs.map((job) => [
    job.job,
    `${job.runs}`,
    `${job.failures}`,
    job.durationMs === undefined ? "" : formatDuration(job.durationMs),
    size(job.bytes),
    size(job.storedBytes),
    job.bytesPerSecond === undefined ? "" : `${formatSize(job.bytesPerSecond)}/s`,
    job.phases.map(({ name, durationMs }) => `${name} ${formatDuration(durationMs)}`).join(", "),
  ]);
  const columns = ["JOB", "RUNS", "FAILED", "TOOK", "READ", "STORED", "RATE", "PHASES"].map(
    (title) => ({ title }),
  );
  return `${formatTable(columns, rows)}\nTimes and sizes are the median of the runs that ended well.`;
}
