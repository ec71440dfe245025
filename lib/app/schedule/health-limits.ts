import { DAY_MS, parseDuration } from "../../base/index.ts";
import { longestGapMs } from "../../schedule/index.ts";
import type { AppContext } from "../context.ts";
import type { HealthLimits } from "./health.ts";
import { shownJobs } from "./schedule.ts";

/** A backup has to be younger than this, and a verified one than that, unless the settings or the times of the jobs say otherwise. */
const BACKUP_WITHIN_MS: number = 2 * DAY_MS;
const VERIFIED_WITHIN_MS: number = 9 * DAY_MS;

/**
 * What counts as too old here: what the settings say, else what can be expected of jobs that run at the configured times, with half as much
 * again for a run that fails once; never less than two and nine days.
 */
export function limitsOf(app: AppContext): HealthLimits {
  const { backupWithin, verifiedWithin } = app.settings.health;
  const backups = backupGapMs(app);
  const verified = backups + (gapMs(app, "verify") ?? 0);
  return {
    backupWithinMs:
      backupWithin === undefined
        ? Math.max(BACKUP_WITHIN_MS, backups * 1.5)
        : parseDuration(backupWithin),
    verifiedWithinMs:
      verifiedWithin === undefined
        ? Math.max(VERIFIED_WITHIN_MS, verified * 1.5)
        : parseDuration(verifiedWithin),
  };
}

/** How far two backups are apart at most; 0 where no job makes any. */
function backupGapMs(app: AppContext): number {
  const gaps = ["snapshot", "archive"]
    .map((job) => gapMs(app, job))
    .filter((gap) => gap !== undefined);
  return gaps.length === 0 ? 0 : Math.min(...gaps);
}

function gapMs(app: AppContext, job: string): number | undefined {
  const cron = shownJobs(app).find((shown) => shown.job === job)?.cron;
  return cron === undefined ? undefined : longestGapMs(cron, app.clock.now());
}
