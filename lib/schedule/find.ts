import { join } from "node:path";
import { isBackupError } from "../base/index.ts";
import { readTextIfExists } from "../filesystem/index.ts";
import { cronFile, jobsOfCronLines } from "./cron.ts";
import { agentDirectory, agentLabel } from "./launchd.ts";
import { MARKER } from "./marker.ts";
import { readCronLines } from "./plan.ts";
import { unitDirectory, unitName } from "./systemd.ts";
import type { FoundSchedule, ScheduleHost, ScheduleKind, ScheduleScope } from "./types.ts";

const MAX_FILE_BYTES = 1024 * 1024;
const SCOPES = ["user", "system"] as const;

/**
 * What there is of ours on this machine, by kind and scope. The Gateway is not asked: it takes seconds, and may be down.
 * @param knownJobs - The jobs that may have been installed.
 */
export async function findSchedules(
  host: ScheduleHost,
  knownJobs: readonly string[],
): Promise<FoundSchedule[]> {
  const found = SCOPES.flatMap((scope) => [
    filesOf("systemd", scope, knownJobs, (job) => {
      return join(unitDirectory(host, scope), `${unitName(host.instance, job)}.timer`);
    }),
    filesOf("launchd", scope, knownJobs, (job) => {
      return join(agentDirectory(host, scope), `${agentLabel(host.instance, job)}.plist`);
    }),
  ]);
  return [...found, ...cronFiles(host), await crontabOf(host)].filter(
    ({ jobs }) => jobs.length > 0,
  );
}

function filesOf(
  kind: ScheduleKind,
  scope: ScheduleScope,
  knownJobs: readonly string[],
  pathOf: (job: string) => string,
): FoundSchedule {
  const jobs = knownJobs.filter((job) => readMarked(pathOf(job)) !== undefined);
  return { kind, scope, jobs, where: jobs.map(pathOf) };
}

function cronFiles({ instance }: ScheduleHost): FoundSchedule[] {
  const path = cronFile(instance);
  const text = readMarked(path);
  if (text === undefined) return [];
  return [{ kind: "cron", scope: "system", jobs: jobsOfCronLines(text), where: [path] }];
}

async function crontabOf(host: ScheduleHost): Promise<FoundSchedule> {
  const nothing: FoundSchedule = { kind: "cron", scope: "user", jobs: [], where: [] };
  try {
    const lines = await readCronLines(host);
    if (lines === undefined) return nothing;
    return { ...nothing, jobs: jobsOfCronLines(lines), where: ["crontab"] };
  } catch (error) {
    // No crontab program: no crontab.
    if (isBackupError(error, "not-supported")) return nothing;
    throw error;
  }
}

function readMarked(path: string): string | undefined {
  const text = readTextIfExists(path, MAX_FILE_BYTES);
  return text?.includes(MARKER) === true ? text : undefined;
}
