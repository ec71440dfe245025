import type { AppContext, JobName, Run } from "../../app/index.ts";
import { BackupError, count, formatDuration, formatSize, toBackupError } from "../../base/index.ts";
import type { CommandContext, CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { shownIds } from "../format.ts";
import { formatMetrics } from "../views/index.ts";

export const run: CommandDefinition = {
  usage: "run [job]",
  group: "Everyday",
  summary: "do one job of the schedule now: what timers call",
  description:
    "Jobs: snapshot, archive (a whole archive), retention (removes what no rule keeps), verify (reads a share of everything back), " +
    "before-update (an archive to return to; call it before OpenClaw is updated). " +
    "A job runs once at a time; each run is recorded, see clawback runs. Jobs and their times stand in settings.json under jobs.",
  arguments: ["snapshot, archive, retention, verify or before-update"],
  flags: [
    {
      flags: "--missed",
      description: "every job that was due and did not run, such as while the machine was off",
    },
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
    ["run --missed", "after the machine was off"],
  ],
  exitCodes: {
    3: "done, but something was left out or the backup is degraded",
    11: "the job is running already, or a repository is locked",
    12: "wrong password",
  },
  run: async (context, [job], flags) => {
    const { assertJobName, missedJobs } = await import("../../app/index.ts");
    const trigger = flag.isSet(flags, "scheduled") ? "schedule" : "manual";
    const isMissed = flag.isSet(flags, "missed");
    if (isMissed !== (job === undefined)) {
      throw new BackupError("invalid-argument", "run needs one job, or --missed", {
        hint: "see: clawback run --help",
      });
    }
    if (job !== undefined) return await runOne(context, assertJobName(job), trigger);
    return await runAll(context, missedJobs(context.app), trigger);
  },
};

type Trigger = "schedule" | "manual";

async function runOne({ app, output }: CommandContext, job: JobName, trigger: Trigger) {
  const { runJob } = await import("../../app/index.ts");
  const done = await runJob(app, job, trigger);
  await leaveMetrics(app);
  if (done.failure !== undefined) throw done.failure;
  if (done.run.error !== undefined) output.warn(describe(done.run.error));
  output.result({ run: done.run, report: done.value }, () => format(done.run));
  return done.run.exitCode ?? 0;
}

/** One after the other; one that fails keeps none from its turn. */
async function runAll({ app, output }: CommandContext, jobs: readonly JobName[], trigger: Trigger) {
  const { runJob } = await import("../../app/index.ts");
  const runs: Run[] = [];
  for (const job of jobs) {
    const { run: done } = await runJob(app, job, trigger);
    if (done.error !== undefined) output.warn(`${job}: ${describe(done.error)}`);
    runs.push(done);
    if (done.result === "cancelled") break;
  }
  if (runs.length > 0) await leaveMetrics(app);
  output.result({ runs }, () =>
    runs.length === 0 ? "no job was missed" : runs.map(format).join("\n"),
  );
  const codes = runs.map(({ exitCode = 0 }) => exitCode);
  return codes.find((code) => code !== 0 && code !== 3) ?? Math.max(0, ...codes);
}

/** For the textfile collector of a monitor, where the settings want that. */
async function leaveMetrics(app: AppContext): Promise<void> {
  const { readStatus, wantsMetrics, writeMetrics } = await import("../../app/index.ts");
  if (!wantsMetrics(app)) return;
  try {
    await writeMetrics(app, formatMetrics(await readStatus(app)));
  } catch (error) {
    // What the job gave is told all the same.
    const text = `metrics could not be written: ${toBackupError(error).message}`;
    app.onProgress?.({ type: "message", level: "warning", text });
  }
}

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

function format({ job, result, facts, durationMs = 0 }: Run): string {
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
  return `${job} ${ENDS[result] ?? result}${what}: ${parts.join(", ")}`;
}
