import { join } from "node:path";
import { BackupError, quote } from "../base/index.ts";
import { listDirectory, pathExists, readTextIfExists } from "../filesystem/index.ts";
import { cronFile, findCronLines, formatCronLines, replaceCronLines } from "./cron.ts";
import { agentDirectory, agentLabel, formatAgent } from "./launchd.ts";
import { MARKER } from "./marker.ts";
import { isDeclared, listDeclared, openclawAdd } from "./openclaw.ts";
import { startProgram } from "./programs.ts";
import {
  formatGatewayDropIn,
  formatService,
  formatTimer,
  gatewayDropIn,
  unitDirectory,
  unitName,
} from "./systemd.ts";
import type {
  CrontabChange,
  FileChange,
  ScheduleHost,
  ScheduleKind,
  SchedulePlan,
  ScheduleScope,
  TimedJob,
} from "./types.ts";

const MAX_FILE_BYTES = 1024 * 1024;

export interface PlanOptions {
  readonly kind: ScheduleKind;
  readonly scope: ScheduleScope;
  /** None of them takes back what is there. */
  readonly jobs: readonly TimedJob[];
  /** Every job that may have been installed before. */
  readonly knownJobs: readonly string[];
  /** systemd only: the Gateway's unit, before whose start an interrupted restore is finished. */
  readonly gatewayUnit?: string | undefined;
  /** Write files, and start nothing: for images. @default true */
  readonly activate?: boolean | undefined;
}

type Draft = Pick<SchedulePlan, "files" | "before" | "commands" | "notes"> & {
  readonly crontab?: CrontabChange | undefined;
};

/**
 * Says exactly what will be written and started for jobs to run on time, or, without jobs, to take that back. Reads only.
 * @throws BackupError `target-not-empty` where a file of that name is not ours; `not-supported` where this machine has no such scheduler
 */
export async function planSchedule(
  host: ScheduleHost,
  options: PlanOptions,
): Promise<SchedulePlan> {
  const { kind, scope, jobs } = options;
  const drafts: Readonly<Record<ScheduleKind, () => Promise<Draft>>> = {
    systemd: async () => draftSystemd(host, options),
    cron: async () =>
      scope === "system" ? draftCronFile(host, options) : draftCrontab(host, jobs),
    launchd: async () => draftLaunchd(host, options),
    openclaw: () => draftOpenClaw(host, options),
  };
  const draft = await drafts[kind]();
  const isDone =
    draft.files.every(({ action }) => action === "keep") &&
    (draft.crontab === undefined || draft.crontab.before === draft.crontab.after) &&
    (kind !== "openclaw" || draft.commands.length === 0);
  const { files, crontab, before, commands, notes } = draft;
  const { instance } = host;
  const started =
    isDone || options.activate === false ? { before: [], commands: [] } : { before, commands };
  return { kind, scope, instance, jobs, files, crontab, ...started, notes, isDone };
}

function draftSystemd(host: ScheduleHost, options: PlanOptions): Draft {
  const { scope, jobs, knownJobs, gatewayUnit } = options;
  const { instance, userName } = host;
  const directory = unitDirectory(host, scope);
  const wanted = new Map(
    jobs.flatMap((timed) => {
      const path = join(directory, unitName(instance, timed.job));
      return [
        [`${path}.service`, formatService(host, scope, timed)],
        [`${path}.timer`, formatTimer(host, timed)],
      ];
    }),
  );
  const known = knownJobs.flatMap((job) => {
    const path = join(directory, unitName(instance, job));
    return [`${path}.service`, `${path}.timer`];
  });
  // One that was wanted before stays until everything is taken away.
  if (jobs.length === 0) known.push(...gatewayDropIns(directory, instance));
  if (gatewayUnit !== undefined) {
    assertUnit(gatewayUnit);
    wanted.set(gatewayDropIn(directory, gatewayUnit, instance), formatGatewayDropIn(host));
  }
  const files = planFiles(known, wanted);
  const systemctl = ["systemctl", ...(scope === "user" ? ["--user"] : [])];
  const timers = (those: readonly FileChange[]) =>
    those.map(({ path }) => path.slice(directory.length + 1)).filter((it) => it.endsWith(".timer"));
  const gone = timers(files.filter(({ action }) => action === "remove"));
  const there = timers(files.filter(({ action }) => action !== "remove"));
  const canLinger = scope === "user" && jobs.length > 0;
  const lingers = pathExists(join("/var/lib/systemd/linger", userName));
  return {
    files,
    before: gone.length === 0 ? [] : [[...systemctl, "disable", "--now", ...gone]],
    commands: [
      [...systemctl, "daemon-reload"],
      ...(there.length === 0 ? [] : [[...systemctl, "enable", "--now", ...there]]),
    ],
    notes:
      canLinger && !lingers
        ? [
            `timers of ${userName} stop when ${userName} is logged out, until: loginctl enable-linger ${userName}`,
          ]
        : [],
  };
}

/** Those of an instance, whatever the unit is called. */
function gatewayDropIns(directory: string, instance: string): string[] {
  return (listDirectory(directory) ?? [])
    .filter((name) => name.endsWith(".service.d"))
    .map((name) => gatewayDropIn(directory, name.slice(0, -".d".length), instance))
    .filter((path) => pathExists(path));
}

function assertUnit(unit: string): void {
  if (/^[\w@:.-]+\.service$/.test(unit)) return;
  throw new BackupError("invalid-argument", `${quote(unit)} is no name of a service`, {
    hint: "give the Gateway's unit, such as openclaw-gateway.service",
  });
}

function draftLaunchd(host: ScheduleHost, { scope, jobs, knownJobs }: PlanOptions): Draft {
  const { instance, uid = 0 } = host;
  const directory = agentDirectory(host, scope);
  const path = (job: string) => join(directory, `${agentLabel(instance, job)}.plist`);
  const wanted = new Map(
    jobs.map((timed) => [path(timed.job), formatAgent(host, scope, timed)] as const),
  );
  const files = planFiles(knownJobs.map(path), wanted);
  const domain = scope === "system" ? "system" : `gui/${uid}`;
  const label = ({ path }: FileChange) => path.slice(directory.length + 1, -".plist".length);
  return {
    files,
    before: files
      .filter(({ action }) => action === "remove" || action === "replace")
      .map((file) => ["launchctl", "bootout", `${domain}/${label(file)}`]),
    commands: files
      .filter(({ action }) => action === "create" || action === "replace")
      .map(({ path }) => ["launchctl", "bootstrap", domain, path]),
    notes: [],
  };
}

function draftCronFile(host: ScheduleHost, { scope, jobs }: PlanOptions): Draft {
  const path = cronFile(host.instance);
  const wanted = new Map(
    jobs.length === 0 ? [] : [[path, formatCronLines(host, scope, jobs)] as const],
  );
  return { files: planFiles([path], wanted), before: [], commands: [], notes: [] };
}

async function draftCrontab(host: ScheduleHost, jobs: readonly TimedJob[]): Promise<Draft> {
  const { instance } = host;
  const before = await readCrontab(host);
  const lines = jobs.length === 0 ? "" : formatCronLines(host, "user", jobs);
  const after = replaceCronLines(before, instance, lines);
  return {
    files: [],
    crontab: { before, after, lines },
    before: [],
    commands: [],
    notes: [],
  };
}

async function draftOpenClaw(host: ScheduleHost, options: PlanOptions): Promise<Draft> {
  const { jobs, knownJobs } = options;
  // Of another instance whose name begins like this one's, the rest is no job.
  const declared = (await listDeclared(host)).filter(({ job }) => knownJobs.includes(job));
  const wanted = new Set(jobs.map(({ job }) => job));
  const missing = jobs.filter((timed) => !declared.some((it) => isDeclared(host, timed, it)));
  return {
    files: [],
    before: [],
    commands: [
      ...declared
        .filter(({ job }) => !wanted.has(job))
        .map(({ id }) => ["openclaw", "cron", "rm", id]),
      ...missing.map((timed) => openclawAdd(host, timed)),
    ],
    notes:
      jobs.length === 0
        ? []
        : [
            "these jobs run only while the Gateway does; a timer of the system also runs when the agent is down",
          ],
  };
}

/** The user's crontab, empty where there is none. @throws BackupError `not-supported` without a crontab program */
export async function readCrontab({ variables }: ScheduleHost): Promise<string> {
  const { code, stdout, stderr } = await startProgram(["crontab", "-l"], { variables });
  if (code === 0) return stdout;
  if (/no crontab/i.test(stderr) || stderr.trim() === "") return "";
  throw new BackupError("not-supported", `crontab -l ended with ${code}: ${stderr.trim()}`, {
    hint: "see that crontab -l works by hand, or take another --kind",
  });
}

/** What becomes of files that may be there, and of those that are wanted. */
function planFiles(known: readonly string[], wanted: ReadonlyMap<string, string>): FileChange[] {
  const files = [...wanted].map(([path, text]): FileChange => {
    const before = readTextIfExists(path, MAX_FILE_BYTES);
    if (before === undefined) return { path, action: "create", text };
    if (!before.includes(MARKER)) throw isForeign(path);
    return { path, action: before === text ? "keep" : "replace", text };
  });
  const gone = known.filter((path) => !wanted.has(path) && isMarked(path));
  return [...files, ...gone.map((path): FileChange => ({ path, action: "remove" }))];
}

/** Whether we wrote a file. */
function isMarked(path: string): boolean {
  return readTextIfExists(path, MAX_FILE_BYTES)?.includes(MARKER) === true;
}

function isForeign(path: string): BackupError {
  return new BackupError(
    "target-not-empty",
    `${quote(path)} exists, and clawback did not write it`,
    {
      details: { path },
      hint: "move it away, or choose another instance name",
    },
  );
}

/** The lines of ours in the user's crontab. */
export async function readCronLines(host: ScheduleHost): Promise<string | undefined> {
  return findCronLines(await readCrontab(host), host.instance);
}
