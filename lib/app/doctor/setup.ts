import { isBackupError } from "../../base/index.ts";
import { longestGapMs } from "../../schedule/index.ts";
import {
  type DoctorFinding,
  findings,
  judgeSchedule,
  type TimedJobFacts,
} from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { listRuns, readInstalledJobs, showSchedule } from "../schedule/index.ts";
import { checkSetup, loadAnswers } from "../setup/index.ts";

/** Whether what setup made still stands, and whether anything runs by itself. */
export async function examineSetup(app: AppContext): Promise<DoctorFinding[]> {
  return [...(await examineSchedule(app)), ...(await examineDrift(app))];
}

/** Which jobs have timers, and when those last began one. */
async function examineSchedule(app: AppContext): Promise<DoctorFinding[]> {
  if (!app.settings.isConfigured) return [];
  const now = app.clock.now();
  const { jobs, installed } = await showSchedule(app);
  const withTimer = new Set([...readInstalledJobs(app), ...installed.flatMap((it) => it.jobs)]);
  const runs = listRuns(app).filter(({ trigger }) => trigger === "schedule");
  const facts = jobs.map(({ job, cron }): TimedJobFacts => {
    const last = runs.find((run) => run.job === job);
    const firedAgoMs = last && Math.max(0, now.getTime() - new Date(last.startedAt).getTime());
    const gapMs = cron === undefined ? undefined : longestGapMs(cron, now);
    return { job, isInstalled: withTimer.has(job), gapMs, firedAgoMs };
  });
  return judgeSchedule(facts);
}

async function examineDrift(app: AppContext): Promise<DoctorFinding[]> {
  const { ok, note, warning } = findings("drift");
  const answers = await loadAnswers(app, undefined);
  if (answers === undefined) return [];
  try {
    const { drift, unknown, plan } = await checkSetup(app, answers, {
      withProtection: false,
    });
    const changed = drift.map(({ title, why }) => warning(`${title}: ${why}`, "clawback setup"));
    if (plan.settings.action !== "keep") {
      changed.push(warning("the settings differ from what was set up", "clawback setup"));
    }
    const hidden = unknown.map(({ title }) => title).join(", ");
    const notes =
      hidden === ""
        ? []
        : [
            note(
              `these credentials may not look at: ${hidden}`,
              "clawback setup --check as the administrator",
            ),
          ];
    if (changed.length > 0 || notes.length > 0) return [...changed, ...notes];
    return [ok("everything stands as it was set up")];
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    const fix = error.hint ?? "clawback setup --check as the administrator";
    return [note(`whether everything stands as set up is not known: ${error.message}`, fix)];
  }
}
