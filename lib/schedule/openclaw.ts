import { isDeepStrictEqual } from "node:util";
import { BackupError } from "../base/index.ts";
import { jobCommand } from "./command.ts";
import { startOrThrow } from "./programs.ts";
import type { ScheduleHost, TimedJob } from "./types.ts";

/** The first backup of a large installation takes its time; OpenClaw's own limit is ten minutes. */
const TIMEOUT_SECONDS = 4 * 3600;

/** Under which key OpenClaw keeps a job: declared again, it is changed in place. */
export function declarationKey(instance: string, job: string): string {
  return `clawback-${instance}-${job}`;
}

/** `openclaw cron add …` for a job: a command of the Gateway's own scheduler, which tells nobody of its output. */
export function openclawAdd(host: ScheduleHost, { job, cron }: TimedJob): string[] {
  const { instance, environment } = host;
  return [
    ...["openclaw", "cron", "add"],
    ...["--name", `Clawback ${job} of ${instance}`],
    ...["--declaration-key", declarationKey(instance, job)],
    ...["--cron", cron],
    ...["--command-argv", JSON.stringify(jobCommand(host, job))],
    ...Object.entries(environment).flatMap(([name, value]) => [
      "--command-env",
      `${name}=${value}`,
    ]),
    ...["--timeout-seconds", String(TIMEOUT_SECONDS)],
    // With --quiet a long backup says nothing until its end.
    ...["--no-output-timeout-seconds", String(TIMEOUT_SECONDS)],
    ...["--no-deliver", "--json"],
  ];
}

/** A job of ours in the Gateway, as far as it can be compared. */
export interface DeclaredJob {
  readonly id: string;
  readonly job: string;
  readonly cron: unknown;
  readonly argv: unknown;
  readonly env: unknown;
}

/** Whether the Gateway has a job exactly as it is wanted. */
export function isDeclared(host: ScheduleHost, timed: TimedJob, there: DeclaredJob): boolean {
  return (
    there.job === timed.job &&
    there.cron === timed.cron &&
    isDeepStrictEqual(there.argv, jobCommand(host, timed.job)) &&
    isDeepStrictEqual(there.env ?? {}, host.environment)
  );
}

/** The jobs of an instance that the Gateway has. @throws BackupError `not-supported` when it does not answer */
export async function listDeclared({ instance, variables }: ScheduleHost): Promise<DeclaredJob[]> {
  const prefix = declarationKey(instance, "");
  const argv = ["openclaw", "cron", "list", "--all", "--json"];
  return parseJobs(await startOrThrow(argv, { variables })).flatMap((entry) => {
    const { id, declarationKey: key, schedule, payload } = entry;
    if (typeof id !== "string" || typeof key !== "string" || !key.startsWith(prefix)) return [];
    const job = key.slice(prefix.length);
    return [{ id, job, cron: schedule?.expr, argv: payload?.argv, env: payload?.env }];
  });
}

interface CronJob {
  readonly id?: unknown;
  readonly declarationKey?: unknown;
  readonly schedule?: { readonly expr?: unknown };
  readonly payload?: { readonly argv?: unknown; readonly env?: unknown };
}

function parseJobs(text: string): readonly CronJob[] {
  try {
    const { jobs } = JSON.parse(text) as { readonly jobs?: unknown };
    return Array.isArray(jobs) ? jobs : [];
  } catch (error) {
    throw isNoJson(error);
  }
}

function isNoJson(cause: unknown): BackupError {
  return new BackupError("not-supported", "openclaw cron list gave no JSON", { cause });
}
