import type { JobName, JobReport, RecordedRun, Run } from "../../app/index.ts";
import { count, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { shownIds } from "../format.ts";

export const run: CommandDefinition = {
  usage: "run <job>",
  group: "Everyday",
  summary: "do one job of the schedule now: what timers call",
  description:
    "Jobs: snapshot, archive (a whole archive), retention (removes what no rule keeps), verify (reads a share of everything back), " +
    "before-update (an archive to return to; call it before OpenClaw is updated). " +
    "A job runs once at a time; each run is recorded, see clawback runs. Jobs and their times stand in settings.json under jobs.",
  arguments: ["snapshot, archive, retention, verify or before-update"],
  flags: [
    {
      flags: "--scheduled",
      description: "record that a timer called, not a person",
      hidden: true,
    },
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["run snapshot", "what the timer does every hour"],
    ["run before-update", "before openclaw update"],
  ],
  exitCodes: {
    3: "done, but something was left out or the backup is degraded",
    11: "the job is running already, or a repository is locked",
    12: "wrong password",
  },
  run: async ({ app, output }, [job = ""], flags) => {
    const { assertJobName, runJob } = await import("../../app/index.ts");
    const trigger = flag.isSet(flags, "scheduled") ? "schedule" : "manual";
    const done = await runJob(app, assertJobName(job), trigger);
    if (done.failure !== undefined) throw done.failure;
    if (done.run.error !== undefined) output.warn(describe(done.run.error));
    output.result({ run: done.run, report: done.value }, () => format(done));
    return done.run.exitCode ?? 0;
  },
};

function describe({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

const ENDS: Readonly<Partial<Record<Run["result"], string>>> = {
  success: "done",
  incomplete: "done, with omissions",
  failed: "FAILED",
};

function format({ run: { job, result, facts, durationMs = 0 } }: RecordedRun<JobReport>): string {
  const { backup, files, bytes, storedBytes, omissions, removed, kept, suspended } = facts;
  const parts = [
    ...(files === undefined ? [] : [count(files, "file")]),
    ...(bytes === undefined ? [] : [`${formatSize(bytes)} read`]),
    ...(storedBytes === undefined ? [] : [`${formatSize(storedBytes)} stored`]),
    ...(omissions ? [count(omissions, "omission")] : []),
    ...(removed === undefined ? [] : [`${count(removed, "backup")} removed`]),
    ...(kept === undefined ? [] : [`${kept} kept`]),
    ...(suspended === undefined ? [] : ["removal suspended"]),
    formatDuration(durationMs),
  ];
  const what = backup === undefined ? "" : ` (${shownIds(backup)})`;
  return `${job as JobName} ${ENDS[result] ?? result}${what}: ${parts.join(", ")}`;
}
