import { formatDuration, isBackupError } from "../../base/index.ts";
import { type DoctorFinding, findings } from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { listRuns } from "../runs.ts";
import { checkSetup, loadAnswers } from "../setup/index.ts";

/** Whether what setup made still stands, and whether anything runs by itself. */
export async function examineSetup(app: AppContext): Promise<DoctorFinding[]> {
  return [...examineRuns(app), ...(await examineDrift(app))];
}

/** When a timer last began a run. */
function examineRuns(app: AppContext): DoctorFinding[] {
  if (!app.settings.isConfigured) return [];
  const { ok, warning } = findings("schedule");
  const [last] = listRuns(app).filter(({ trigger }) => trigger === "schedule");
  if (last === undefined) {
    return [warning("nothing was ever run by a timer", "clawback schedule install")];
  }
  const ageMs = app.clock.now().getTime() - new Date(last.startedAt).getTime();
  return [ok(`a timer last ran ${last.job} ${formatDuration(Math.max(0, ageMs))} ago`)];
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
