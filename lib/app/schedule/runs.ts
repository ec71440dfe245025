import { hostname } from "node:os";
import { join } from "node:path";
import {
  type BackupError,
  createBackupId,
  type OnProgress,
  toBackupError,
} from "../../base/index.ts";
import {
  type EndRun,
  type JobStats,
  openRuns,
  type Run,
  type RunError,
  type RunFacts,
  type RunFilter,
  type RunPhase,
  type RunResult,
  type RunStore,
  type RunTrigger,
  summarizeRuns,
} from "../../runs/index.ts";
import type { AppContext } from "../context.ts";

const MAX_WARNINGS = 20;

/** Opens the record of runs in the home; what is wrong with it is told as a warning. */
export function openAppRuns({ settings, clock, onProgress }: AppContext): RunStore {
  return openRuns(join(settings.home, "runs.sqlite"), {
    clock,
    onProblem: (text) => onProgress?.({ type: "message", level: "warning", text }),
  });
}

/** The runs of the past, newest first. */
export function listRuns(app: AppContext, filter: RunFilter = {}): readonly Run[] {
  return openAppRuns(app).list(filter);
}

/** What the runs that fit have in common, by job. */
export function readRunStats(app: AppContext, filter: RunFilter = {}): readonly JobStats[] {
  return summarizeRuns(listRuns(app, filter));
}

/** What a job gives, and what of it is recorded. */
export interface RunOutcome<T> {
  readonly value: T;
  readonly exitCode: number;
  readonly facts: RunFacts;
  /** What a job that came to its end found wrong. */
  readonly error?: RunError | undefined;
}

/** A recorded run, and what the job gave or threw. */
export type RecordedRun<T> = { readonly run: Run } & (
  | { readonly value: T; readonly failure?: undefined }
  | { readonly value?: undefined; readonly failure: BackupError }
);

/**
 * Carries out a job and records it: begin, end, result, phases, warnings, and the error when it fails. Without a home nothing is
 * recorded. Does not throw what the job throws.
 */
export async function recordRun<T>(
  app: AppContext,
  { job, trigger }: { readonly job: string; readonly trigger: RunTrigger },
  work: (app: AppContext) => Promise<RunOutcome<T>>,
): Promise<RecordedRun<T>> {
  const store = app.settings.isConfigured ? openAppRuns(app) : undefined;
  const startedAt = app.clock.now();
  const begun = app.clock.monotonicMs();
  const id = createBackupId(startedAt);
  const base = { id, job, trigger, instance: app.settings.instance };
  await store?.begin({ ...base, startedAt, host: hostname(), pid: process.pid });
  const watch = watchProgress(app);
  const end = async (outcome: Pick<EndRun, "exitCode" | "facts" | "error">): Promise<Run> => {
    const durationMs = Math.max(0, Math.round(app.clock.monotonicMs() - begun));
    const endedAt = app.clock.now().toISOString();
    const result = resultOf(outcome.exitCode);
    const ended: EndRun = { ...outcome, result, endedAt, durationMs, ...watch.finish() };
    await store?.end(id, ended);
    return { ...base, startedAt: startedAt.toISOString(), ...ended };
  };
  try {
    const { value, ...outcome } = await work({ ...app, onProgress: watch.onProgress });
    return { value, run: await end(outcome) };
  } catch (cause) {
    const failure = toBackupError(cause);
    const error = describeError(failure);
    return { failure, run: await end({ exitCode: failure.exitCode, facts: {}, error }) };
  }
}

export function describeError({ code, message, hint }: BackupError): RunError {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function resultOf(exitCode: number): RunResult {
  if (exitCode === 0) return "success";
  if (exitCode === 3) return "incomplete";
  return exitCode === 130 ? "cancelled" : "failed";
}

/** Notes when each phase began, and what was warned of, on the way to who shows it. */
function watchProgress({ clock, onProgress }: AppContext): {
  readonly onProgress: OnProgress;
  finish(): { phases: RunPhase[]; warnings: string[] };
} {
  const phases: { name: string; begun: number }[] = [];
  const warnings: string[] = [];
  return {
    onProgress: (event) => {
      if (event.type === "phase") phases.push({ name: event.phase, begun: clock.monotonicMs() });
      const isNew = event.type === "message" && event.level === "warning";
      if (isNew && warnings.length < MAX_WARNINGS) warnings.push(event.text);
      onProgress?.(event);
    },
    finish: () => {
      const now = clock.monotonicMs();
      const lasted = phases.map(({ name, begun }, i) => ({
        name,
        durationMs: Math.round((phases[i + 1]?.begun ?? now) - begun),
      }));
      return { phases: lasted, warnings };
    },
  };
}
