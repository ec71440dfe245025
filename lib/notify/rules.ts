import { count, DAY_MS, formatDuration } from "../base/index.ts";
import type { NoticeEvent } from "./types.ts";

/** What the rules look at of a run; the record of runs has it. */
export interface JudgedRun {
  readonly job: string;
  readonly result: string;
  readonly startedAt: string;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly facts: {
    readonly backup?: string | undefined;
    readonly omissions?: number | undefined;
    readonly omissionsKey?: string | undefined;
    readonly degraded?: boolean | undefined;
    readonly suspended?: string | undefined;
  };
}

/** Something worth telling, before it is put into words. */
export interface Occasion {
  readonly event: NoticeEvent;
  readonly job?: string | undefined;
  /** Told once a day as long as this stays the same. */
  readonly key: string;
  /** Begins the keys that may be told again from now on. */
  readonly clears?: string | undefined;
  readonly values: Readonly<Record<string, string>>;
}

/** As long as nothing changes, it is said again only so often. */
export const REMIND_MS: number = DAY_MS;

/**
 * Says what of a run is worth telling, in the light of the runs before it. Pure.
 *
 * A failure is (again when its reason changes, and once a day while it lasts: see `key`), and the first success after it, also after a run
 * that was killed; omissions when they are others than the last time; a degraded backup; a suspended retention.
 *
 * @param earlier - Ended runs of the same job, newest first.
 */
export function judgeRun(run: JudgedRun, earlier: readonly JudgedRun[]): Occasion[] {
  const occasions: Occasion[] = [];
  const { job, facts, startedAt: time } = run;
  const add = (event: NoticeEvent, key: string, values: Readonly<Record<string, string>>): void => {
    occasions.push({ event, job, key: `${event}:${job}:${key}`, values: { time, ...values } });
  };
  if (run.result === "failed") {
    const why = run.error === undefined ? "no reason is known" : withoutPaths(run.error.message);
    add("failure", `${run.error?.code}:${why}`, { why });
    return occasions;
  }
  if (!isGood(run)) return occasions;
  occasions.push(...judgeRecovery(run, earlier));
  const good = earlier.find(isGood);
  const { backup = "", omissions = 0, omissionsKey } = facts;
  if (facts.degraded === true) add("degraded", "degraded", { backup });
  if (omissionsKey !== undefined && omissionsKey !== good?.facts.omissionsKey) {
    add("omissions", omissionsKey, { backup, count: count(omissions, "thing") });
  }
  if (facts.suspended !== undefined) {
    add("suspended", facts.suspended, { why: withoutPaths(facts.suspended) });
  }
  return occasions;
}

function judgeRecovery(run: JudgedRun, earlier: readonly JudgedRun[]): Occasion[] {
  const { job, startedAt: time } = run;
  // Somebody who stops a job by hand knows of it.
  const before = earlier.filter(({ result }) => result !== "cancelled");
  const firstGood = before.findIndex(isGood);
  const bad = firstGood < 0 ? before : before.slice(0, firstGood);
  const since = bad.at(-1)?.startedAt;
  if (since === undefined) return [];
  // From now on the same failure is news again.
  const clears = `failure:${job}:`;
  return [
    { event: "recovery", job, key: `recovery:${job}:${time}`, clears, values: { time, since } },
  ];
}

export interface StaleLimits {
  readonly backupWithinMs: number;
  readonly verifiedWithinMs: number;
}

const BACKUP_JOBS = ["snapshot", "archive"];

/**
 * Says when this machine has made, or verified, no backup for too long. Pure; told once a day.
 * @param runs - Of all jobs, newest first. The oldest says since when anything is expected.
 */
export function judgeStaleness(
  runs: readonly JudgedRun[],
  limits: StaleLimits,
  now: Date,
): Occasion[] {
  const waiting = (jobs: readonly string[], limitMs: number, what: string): Occasion[] => {
    const its = runs.filter(({ job }) => jobs.includes(job));
    const since = its.find(isGood) ?? its.at(-1);
    if (since === undefined) return [];
    const ageMs = now.getTime() - new Date(since.startedAt).getTime();
    if (ageMs <= limitMs) return [];
    const why = `${what} for ${formatDuration(ageMs)}`;
    return [{ event: "stale", key: `stale:${what}`, values: { why, time: now.toISOString() } }];
  };
  return [
    ...waiting(BACKUP_JOBS, limits.backupWithinMs, "no backup succeeded"),
    ...waiting(["verify"], limits.verifiedWithinMs, "no backup was verified"),
  ];
}

function isGood({ result }: JudgedRun): boolean {
  return result === "success" || result === "incomplete";
}

/** The last name of each path in quotes: where things lie on a machine is nobody's business. */
function withoutPaths(message: string): string {
  return message
    .replaceAll(/"[^"]*\/([^"/]*)"/g, '"…/$1"')
    .replaceAll(/(?<![\w.…/:])\/(?:[^\s/:,;"']+\/)+([^\s/:,;"']*)/g, "…/$1");
}
