import { BackupError, isBackupError } from "../../base/index.ts";
import { pathExists } from "../../filesystem/index.ts";
import {
  applySchedule,
  applySwap,
  type FoundSchedule,
  findSchedules,
  isOverdue,
  nextTime,
  planSchedule,
  resolveCalendar,
  type ScheduleKind,
  type SchedulePlan,
  type ScheduleScope,
  type SwapPlan,
  type TimedJob,
} from "../../schedule/index.ts";
import { JOB_NAMES, type JobName, type JobsEntry, saveSettings } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { readInstalled, rememberInstalled } from "./installed-schedule.ts";
import { listRuns } from "./runs.ts";
import { hostOf, secretNotes } from "./schedule-host.ts";

/** When jobs are due of which the settings say nothing. `before-update` has no time: whoever updates calls it. */
const DEFAULT_TIMES: Readonly<Partial<Record<JobName, string>>> = {
  snapshot: "hourly",
  archive: "weekly",
  retention: "daily",
  verify: "daily",
};

export interface ScheduleOptions {
  /** @default what this machine has: systemd, launchd, else cron */
  readonly kind?: ScheduleKind | undefined;
  /** @default the user's */
  readonly scope?: ScheduleScope | undefined;
  /** How often a snapshot is taken from now on; kept in the settings. */
  readonly interval?: string | undefined;
  /** @default true */
  readonly activate?: boolean | undefined;
  /** systemd only: the Gateway's unit, before whose start an interrupted restore is finished. */
  readonly gatewayUnit?: string | undefined;
}

/** A job with its times, and when it is due next. */
export interface ShownJob {
  readonly job: JobName;
  /** As the settings have it, or by default. */
  readonly at: string;
  readonly cron?: string | undefined;
  readonly next?: string | undefined;
  /** Why it has no next time, where it should. */
  readonly problem?: string | undefined;
}

export interface ScheduleReport {
  readonly instance: string;
  readonly jobs: readonly ShownJob[];
  /** What is installed on this machine, and what was put into OpenClaw from here. */
  readonly installed: readonly FoundSchedule[];
}

/**
 * Says what would be written for the jobs to run by themselves. Reads only.
 * @throws BackupError `not-configured` without a home; `invalid-settings`; what `planSchedule` throws
 */
export async function planJobs(
  app: AppContext,
  options: ScheduleOptions = {},
): Promise<SchedulePlan> {
  assertHome(app);
  const jobs = timedJobs(app, options.interval);
  const kind = options.kind ?? usualKind(app);
  const { scope = "user", activate, gatewayUnit } = options;
  if (gatewayUnit !== undefined && kind !== "systemd") {
    throw new BackupError("invalid-argument", `--gateway-unit is of no use with ${kind}`);
  }
  const plan = await planSchedule(hostOf(app), {
    kind,
    scope,
    jobs,
    knownJobs: JOB_NAMES,
    activate,
    gatewayUnit,
  });
  const others = (await findInstalled(app)).filter(
    (found) => found.kind !== kind || found.scope !== scope,
  );
  return { ...plan, notes: [...plan.notes, ...others.map(twiceNote), ...secretNotes(app)] };
}

/** Writes what the plan says, and keeps the interval that was chosen. */
export async function installJobs(
  app: AppContext,
  plan: SchedulePlan,
  { interval }: ScheduleOptions = {},
): Promise<void> {
  if (interval !== undefined) {
    await saveSettings(app.settings.home, (file) => ({
      ...file,
      jobs: { ...file.jobs, snapshot: { ...file.jobs?.snapshot, at: interval } },
    }));
  }
  await applySchedule(hostOf(app), plan);
  await rememberInstalled(app, plan);
}

/** Says what of ours would be taken away: of the kind that is named, else of all that is found. */
export async function planJobRemoval(
  app: AppContext,
  options: Pick<ScheduleOptions, "kind" | "scope"> = {},
): Promise<SchedulePlan[]> {
  const host = hostOf(app);
  const found = await findInstalled(app);
  const wanted =
    options.kind === undefined
      ? found.filter(({ scope }) => scope === (options.scope ?? scope))
      : [{ kind: options.kind, scope: options.scope ?? ("user" as const) }];
  const plans: SchedulePlan[] = [];
  for (const { kind, scope } of wanted) {
    try {
      plans.push(await planSchedule(host, { kind, scope, jobs: [], knownJobs: JOB_NAMES }));
    } catch (error) {
      // A Gateway that is down keeps the others from nothing, unless it was meant.
      if (options.kind !== undefined || !isBackupError(error)) throw error;
      const text = `timers of ${kind} stay: ${error.message}`;
      app.onProgress?.({ type: "message", level: "warning", text });
    }
  }
  // What is gone from the Gateway already is still to be forgotten here.
  return plans.filter(({ isDone, kind }) => !isDone || kind === "openclaw");
}

export async function removeJobs(app: AppContext, plans: readonly SchedulePlan[]): Promise<void> {
  for (const plan of plans) {
    await applySchedule(hostOf(app), plan);
    await rememberInstalled(app, plan);
  }
}

/** Makes, or takes away, what a plan of swap says: memory for a small machine's peaks. */
export async function changeSwap(app: AppContext, plan: SwapPlan): Promise<void> {
  await applySwap(plan, app.environment.variables);
}

/** The jobs with their times, and which timers of ours this machine has. */
export async function showSchedule(app: AppContext): Promise<ScheduleReport> {
  const installed = await findInstalled(app);
  return { instance: app.settings.instance, jobs: shownJobs(app), installed };
}

/** What is found on this machine, and what was put into a Gateway from here, which is not asked: it takes seconds, and may be down. */
async function findInstalled(app: AppContext): Promise<FoundSchedule[]> {
  const found = await findSchedules(hostOf(app), JOB_NAMES);
  const inside = readInstalled(app).filter(({ kind }) => kind === "openclaw");
  return [...found, ...inside.map((it) => ({ ...it, where: ["openclaw cron list"] }))];
}

/** Every job that has a time, with the next one. */
export function shownJobs(app: AppContext): ShownJob[] {
  const now = app.clock.now();
  return JOB_NAMES.flatMap((job): ShownJob[] => {
    const at = timeOf(app.settings.jobs, job);
    if (at === undefined) return [];
    try {
      const cron = calendarOf(app, job, at);
      const next = cron === undefined ? undefined : nextTime(cron, now)?.toISOString();
      return [{ job, at, cron, next }];
    } catch (error) {
      if (!isBackupError(error)) throw error;
      return [{ job, at, problem: error.message }];
    }
  });
}

/** Jobs that were due and did not run since: what a machine that was off catches up. */
export function missedJobs(app: AppContext): JobName[] {
  const now = app.clock.now();
  return shownJobs(app)
    .filter(({ job, cron }) => {
      if (cron === undefined) return false;
      const [last] = listRuns(app, { job, limit: 1 });
      return last === undefined || isOverdue(cron, new Date(last.startedAt), now);
    })
    .map(({ job }) => job);
}

/** The jobs that have a time, with five fields of cron. @throws BackupError `invalid-settings` when every one is off */
export function timedJobs(app: AppContext, interval: string | undefined): TimedJob[] {
  const { jobs } = app.settings;
  const chosen = interval === undefined ? jobs : { ...jobs, snapshot: { at: interval } };
  const timed = JOB_NAMES.flatMap((job) => {
    const at = timeOf(chosen, job);
    const cron = at === undefined ? undefined : calendarOf(app, job, at);
    return cron === undefined ? [] : [{ job, cron }];
  });
  if (timed.length > 0) return timed;
  throw new BackupError("invalid-settings", "every job is off, so there is nothing to schedule", {
    hint: "give one a time in settings.json, or take timers away with: clawback schedule remove",
  });
}

/** When a job is due, in the words of the settings; undefined for one that has no time. */
export function timeOf(jobs: JobsEntry, job: JobName): string | undefined {
  if (job === "before-update") return undefined;
  return jobs[job]?.at ?? DEFAULT_TIMES[job];
}

function calendarOf({ settings }: AppContext, job: JobName, at: string): string | undefined {
  return resolveCalendar(at, job, settings.instance);
}

function usualKind({ environment }: AppContext): ScheduleKind {
  if (environment.platform === "darwin") return "launchd";
  return pathExists("/run/systemd/system") ? "systemd" : "cron";
}

function twiceNote({ kind, scope }: FoundSchedule): string {
  const system = scope === "system" ? " --system" : "";
  return `jobs of this instance stand in ${kind} already, and would run twice: clawback schedule remove --kind ${kind}${system}`;
}

function assertHome({ settings }: AppContext): void {
  if (settings.isConfigured) return;
  throw new BackupError("not-configured", "there is no home, so there is nothing to schedule", {
    hint: "make one with: clawback init",
  });
}
