import { createHash } from "node:crypto";
import { join } from "node:path";
import type { SnapshotBackupReport } from "../../backup/index.ts";
import {
  BackupError,
  ERROR_CODES,
  type ErrorCode,
  isBackupError,
  quote,
} from "../../base/index.ts";
import { lockFile, makeDirectory } from "../../filesystem/index.ts";
import type { RunFacts, RunTrigger } from "../../runs/index.ts";
import { JOB_NAMES, type JobName } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { createBackup } from "../create.ts";
import {
  applyInstanceRetention,
  planInstanceRetention,
  type RetentionReport,
} from "../retention/index.ts";
import {
  notifyOfRun,
  openAppRuns,
  pingChannels,
  type RecordedRun,
  type RunOutcome,
  recordRun,
} from "../schedule/index.ts";
import { createSnapshotBackup } from "../snapshots/index.ts";
import { type RotationReport, verifyShare } from "./verify-share.ts";

type BackupReport = Awaited<ReturnType<typeof createBackup>>;

/** What a job gave: the report of the command that does the same. */
export type JobReport = BackupReport | SnapshotBackupReport | RetentionReport | RotationReport;

type Job = (app: AppContext) => Promise<RunOutcome<JobReport>>;

const JOBS: Readonly<Record<JobName, Job>> = {
  snapshot: async (app) => {
    const { storage } = app.settings.jobs.snapshot ?? {};
    return backedUp(await createSnapshotBackup(app, { storage }));
  },
  archive: async (app) => {
    const { storage } = app.settings.jobs.archive ?? {};
    return backedUp(await createBackup(app, { storage }));
  },
  "before-update": async (app) => {
    const { storage } = app.settings.jobs["before-update"] ?? {};
    const options = { name: "before-update", tags: ["before-update"], storage };
    return backedUp(await createBackup(app, options));
  },
  retention: thinOut,
  verify: async (app) => {
    const report = await verifyShare(app, app.settings.jobs.verify?.withinDays);
    const { files, bytes } = report.checked;
    const { verified } = report;
    const backup = verified.map(({ id }) => id).join(" ");
    const facts = { files, bytes, ...(backup === "" ? {} : { backup }) };
    return { value: report, facts, exitCode: report.ok ? 0 : 1, error: report.error };
  },
};

/**
 * Carries out a job, records the run and tells who wants to know. One run of a job happens at a time.
 * @throws BackupError `job-running` that says who runs it; `not-configured` without a home. What the job throws is in the result.
 */
export async function runJob(
  app: AppContext,
  job: JobName,
  trigger: RunTrigger = "manual",
): Promise<RecordedRun<JobReport>> {
  await using _lock = await lockJob(app, job);
  await pingChannels(app, job, "start");
  const done = await recordRun(app, { job, trigger }, JOBS[job]);
  const { result } = done.run;
  // Somebody who stops a job by hand knows of it.
  if (result !== "cancelled") {
    await pingChannels(app, job, result === "failed" ? "fail" : "success");
  }
  await notifyOfRun(app, done.run);
  return done;
}

/** @returns undefined where the home cannot be written: a full disk is no reason to make no backup. */
async function lockJob(
  { settings, clock, onProgress }: AppContext,
  job: JobName,
): Promise<AsyncDisposable | undefined> {
  const { home, isConfigured } = settings;
  if (!isConfigured) {
    throw new BackupError("not-configured", "there is no home, so there is nothing to run", {
      hint: "make one with: clawback init",
    });
  }
  const directory = join(home, "jobs");
  try {
    makeDirectory(directory);
    return await lockFile(join(directory, `${job}.lock`), clock);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    if (error.code === "job-running") throw isRunning(job, error);
    const text = `nothing keeps a second ${job} from running meanwhile: ${error.message}`;
    onProgress?.({ type: "message", level: "warning", text });
    return undefined;
  }
}

function isRunning(job: JobName, cause: BackupError): BackupError {
  const { pid, host, since } = cause.details;
  const where = typeof host === "string" ? ` on ${host}` : "";
  const when = typeof since === "string" ? `, since ${since}` : "";
  const message = `job ${job} is running already: process ${String(pid)}${where}${when}`;
  const details = { job, pid, host, since };
  return new BackupError("job-running", message, { details, hint: cause.hint, cause });
}

function backedUp(report: BackupReport | SnapshotBackupReport): RunOutcome<JobReport> {
  const { id, storage, files, bytes, storedBytes, omissions, degraded } = report;
  const counts: RunFacts = { backup: id, storage, files, bytes, storedBytes, degraded };
  const facts = { ...counts, omissions: omissions.length, ...omissionsKey(omissions) };
  return { value: report, facts, exitCode: omissions.length > 0 || degraded ? 3 : 0 };
}

/** Tells whether omissions are those of the last time, without keeping their paths. */
function omissionsKey(
  omissions: readonly { readonly path: string; readonly reason: string }[],
): Pick<RunFacts, "omissionsKey"> {
  if (omissions.length === 0) return {};
  const lines = omissions.map(({ path, reason }) => `${reason}\0${path}`).toSorted();
  return { omissionsKey: createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16) };
}

async function thinOut(app: AppContext): Promise<RunOutcome<JobReport>> {
  const review = await planInstanceRetention(app);
  const [last] = openAppRuns(app).list({ job: "retention", result: "success", limit: 1 });
  const isWaiting = (last?.facts.waitingBytes ?? 0) > 0;
  const report = await applyInstanceRetention(app, review, { prune: isWaiting ? "always" : true });
  const suspended = review.warnings.find(({ code }) => code === "abnormal-change")?.message;
  const facts: RunFacts = {
    removed: report.removed.length,
    kept: report.kept,
    waitingBytes: report.pruned.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0),
    ...(suspended === undefined ? {} : { suspended }),
  };
  const failure = report.failures[0] ?? review.problems.find(({ code }) => isInTheWay(code));
  if (failure === undefined) return { value: report, facts, exitCode: 0 };
  const { code, message, hint } = failure;
  // A machine that is meant not to delete has not failed: whoever holds the pruner's role thins out.
  const isMeant = [...report.failures, ...review.problems].every(
    (each) => "left" in each && each.code === "storage-access-denied",
  );
  return { value: report, facts, exitCode: isMeant ? 3 : 1, error: { code, message, hint } };
}

/** Whether something kept backups from being looked at, so that they were not thinned out. A damaged one is what `verify` tells. */
function isInTheWay(code: ErrorCode): boolean {
  return ["access", "storage", "busy", "usage"].includes(ERROR_CODES[code].category);
}

/** @throws BackupError `invalid-argument` for what is no job */
export function assertJobName(text: string): JobName {
  const found = JOB_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new BackupError("invalid-argument", `job ${quote(text)} is not known`, {
    hint: `jobs are ${JOB_NAMES.join(", ")}`,
  });
}
