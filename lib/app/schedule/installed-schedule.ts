import { join } from "node:path";
import { makeDirectory, publishFile, readTextIfExists } from "../../filesystem/index.ts";
import type { ScheduleKind, SchedulePlan, ScheduleScope } from "../../schedule/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";

const MAX_BYTES = 1024 * 1024;

/** What was installed from this home, as `status` knows it without starting a program. */
export interface Installed {
  readonly kind: ScheduleKind;
  readonly scope: ScheduleScope;
  readonly jobs: readonly string[];
}

/** Names of the jobs that timers start. */
export function readInstalledJobs(app: AppContext): string[] {
  return [...new Set(readInstalled(app).flatMap(({ jobs }) => jobs))];
}

/** Remembers what a plan that was applied has left behind; without jobs, nothing. */
export async function rememberInstalled(app: AppContext, plan: SchedulePlan): Promise<void> {
  const { kind, scope } = plan;
  const others = readInstalled(app).filter((it) => it.kind !== kind || it.scope !== scope);
  const jobs = plan.jobs.map(({ job }) => job);
  const installed = jobs.length === 0 ? others : [...others, { kind, scope, jobs }];
  const { home } = app.settings;
  await usingHome(home, async () => {
    makeDirectory(home);
    await publishFile(pathOf(app), JSON.stringify({ installed }), { mode: 0o600, replace: true });
  });
}

/** A file that cannot be read costs the times in `status` and nothing else. */
export function readInstalled(app: AppContext): readonly Installed[] {
  try {
    const text = readTextIfExists(pathOf(app), MAX_BYTES) ?? "{}";
    const { installed } = JSON.parse(text) as { readonly installed?: unknown };
    return Array.isArray(installed) ? installed.filter(isInstalled) : [];
  } catch {
    return [];
  }
}

function isInstalled(value: unknown): value is Installed {
  const { jobs } = (value ?? {}) as Partial<Installed>;
  return Array.isArray(jobs) && jobs.every((job) => typeof job === "string");
}

function pathOf({ settings }: AppContext): string {
  return join(settings.home, "schedule.json");
}
