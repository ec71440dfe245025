import { isBackupError } from "../../base/index.ts";
import type { SchedulePlan } from "../../schedule/index.ts";
import type { SetupAnswers } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { installJobs, planJobs } from "../schedule/index.ts";
import { describeProblem, type SetupProblem } from "./first-backup.ts";
import { withFutureSettings } from "./new-settings.ts";
import type { ResolvedSetup } from "./resolve.ts";

/** Whether jobs run by themselves from now on. */
export interface SetupSchedule {
  readonly state: "installed" | "kept" | "failed" | "left-out";
  readonly kind?: string | undefined;
  readonly jobs: readonly string[];
  readonly notes: readonly string[];
  readonly problem?: SetupProblem | undefined;
}

type Kind = NonNullable<SetupAnswers["schedule"]>;

/** What would be written for the jobs to run by themselves; undefined where nothing shall. */
export async function planSetupSchedule(
  app: AppContext,
  setup: ResolvedSetup,
): Promise<SchedulePlan | undefined> {
  const kind = setup.answers.schedule ?? "none";
  if (kind === "none") return undefined;
  return await planJobs(withFutureSettings(app, setup), optionsOf(kind));
}

const optionsOf = (kind: Kind) => (kind === "auto" || kind === "none" ? {} : { kind });

/** Installs what was planned, with the settings as they are now. Without it everything else still stands. */
export async function installSetupSchedule(
  app: AppContext,
  kind: Kind = "none",
): Promise<SetupSchedule> {
  if (kind === "none") return { state: "left-out", jobs: [], notes: [] };
  try {
    const plan = await planJobs(app, optionsOf(kind));
    const jobs = plan.jobs.map(({ job }) => job);
    const done = { kind: plan.kind, jobs, notes: plan.notes };
    if (plan.isDone) return { state: "kept", ...done };
    await installJobs(app, plan);
    return { state: "installed", ...done };
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    return { state: "failed", jobs: [], notes: [], problem: describeProblem(error) };
  }
}
