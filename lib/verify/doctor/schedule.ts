import { formatDuration, HOUR_MS } from "../../base/index.ts";
import { findings } from "./finding.ts";
import type { DoctorFinding } from "./types.ts";

/** A job that has a time. */
export interface TimedJobFacts {
  readonly job: string;
  /** A timer of ours starts it, as far as is known. */
  readonly isInstalled: boolean;
  /** The longest it is silent when all is well; undefined when it is off. */
  readonly gapMs?: number | undefined;
  /** How long ago a timer last began it; undefined for never. */
  readonly firedAgoMs?: number | undefined;
}

/** Whether timers are there, and whether they fire. */
export function judgeSchedule(jobs: readonly TimedJobFacts[]): DoctorFinding[] {
  const { ok, note, warning, problem } = findings("schedule");
  const timed = jobs.filter(({ gapMs }) => gapMs !== undefined);
  const fired = timed.filter(({ firedAgoMs }) => firedAgoMs !== undefined);
  const installed = timed.filter(({ isInstalled }) => isInstalled);
  if (installed.length === 0 && fired.length === 0) {
    return [warning("no timer runs anything by itself", "clawback schedule install")];
  }
  const silent = [...new Set([...installed, ...fired])].filter(isSilent);
  const waiting = installed.filter(({ firedAgoMs }) => firedAgoMs === undefined);
  const well = fired.filter((job) => !isSilent(job));
  return [
    ...silent.map(({ job, gapMs = 0, firedAgoMs = 0 }) =>
      problem(
        `job ${job}: its timer has not fired for ${formatDuration(firedAgoMs)}, and should every ${formatDuration(gapMs)}`,
        "clawback schedule show says what there is; clawback schedule install puts it back",
      ),
    ),
    ...waiting.map(({ job }) => note(`job ${job}: its timer has not fired yet`)),
    ...(well.length === 0 ? [] : [ok(`timers fire: ${well.map(describe).join(", ")}`)]),
  ];
}

/** Two times were missed; a machine may be off for one. */
function isSilent({ gapMs = 0, firedAgoMs }: TimedJobFacts): boolean {
  return firedAgoMs !== undefined && firedAgoMs > 2 * gapMs + HOUR_MS;
}

function describe({ job, firedAgoMs = 0 }: TimedJobFacts): string {
  return `${job} ${formatDuration(firedAgoMs)} ago`;
}
