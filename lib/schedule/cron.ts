import { SCHEDULE_TEMPLATES } from "../../templates/schedule.ts";
import { BackupError, quote } from "../base/index.ts";
import { jobCommand, missedCommand } from "./command.ts";
import { fillTemplate, MARKER } from "./marker.ts";
import type { ScheduleHost, ScheduleScope, TimedJob } from "./types.ts";

/** Longer lines are refused by the cron that most systems have. */
const MAX_LINE = 998;

/** `/etc/cron.d/…`: cron reads no file with a dot in its name. */
export function cronFile(instance: string): string {
  return `/etc/cron.d/clawback-${instance.replaceAll(".", "_")}`;
}

/**
 * The lines of an instance, between two that say whose they are. After a start of the machine, what was missed is caught up.
 * @throws BackupError `limit-exceeded` for a line that cron would not take
 */
export function formatCronLines(
  host: ScheduleHost,
  scope: ScheduleScope,
  jobs: readonly TimedJob[],
): string {
  const user = scope === "system" ? `${host.userName} ` : "";
  const timed = jobs.map(
    ({ job, cron }) => `${cron} ${user}${shellLine(host, jobCommand(host, job))}`,
  );
  const lines = [...timed, `@reboot ${user}${shellLine(host, missedCommand(host))}`];
  const long = lines.find((line) => Buffer.byteLength(line) > MAX_LINE);
  if (long !== undefined) {
    throw new BackupError(
      "limit-exceeded",
      `a line for cron is ${Buffer.byteLength(long)} bytes long, more than ${MAX_LINE}`,
      { hint: "shorten PATH for this command, or take another --kind" },
    );
  }
  const values = { instance: host.instance, marker: MARKER, lines: lines.join("\n") };
  return fillTemplate(SCHEDULE_TEMPLATES.cron, values);
}

/** The lines of an instance in a crontab; undefined when there are none. */
export function findCronLines(crontab: string, instance: string): string | undefined {
  const place = placeOf(crontab, instance);
  return place === undefined ? undefined : crontab.slice(place.from, place.to);
}

/** A crontab with the lines of an instance in place of those it had, and every other line as it was. */
export function replaceCronLines(crontab: string, instance: string, lines: string): string {
  const place = placeOf(crontab, instance);
  if (place !== undefined) {
    return `${crontab.slice(0, place.from)}${lines}${crontab.slice(place.to)}`;
  }
  const isOpen = crontab !== "" && !crontab.endsWith("\n");
  return `${crontab}${isOpen && lines !== "" ? "\n" : ""}${lines}`;
}

/** Names of the jobs in lines of ours. */
export function jobsOfCronLines(lines: string): string[] {
  return [...lines.matchAll(/ run ([a-z][a-z-]*) (?:.* )?--scheduled/g)].map(([, job = ""]) => job);
}

function placeOf(crontab: string, instance: string): { from: number; to: number } | undefined {
  const begin = `# clawback ${instance} begin:`;
  const end = `# clawback ${instance} end`;
  const starts = lineStarts(crontab);
  const from = starts.find((at) => crontab.startsWith(begin, at));
  if (from === undefined) return undefined;
  const last = starts.find((at) => at > from && lineAt(crontab, at) === end);
  if (last === undefined) {
    throw new BackupError("data-corrupt", `the crontab has ${quote(begin)} without its end`, {
      hint: `remove those lines with crontab -e, or add the line ${quote(end)} below them`,
    });
  }
  return { from, to: Math.min(crontab.length, last + end.length + 1) };
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  return text.slice(at, end < 0 ? undefined : end);
}

/** A command for `sh`, with its environment: cron's own is nearly empty, and lines that set it would hold for other people's jobs, too. */
function shellLine({ environment }: ScheduleHost, command: readonly string[]): string {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const words = ["env", ...settings, "nice", "-n", "10", ...command];
  // A bare percent sign ends the command for cron.
  return `${words.map(quoteShell).join(" ").replaceAll("%", "\\%")} >/dev/null`;
}

function quoteShell(word: string): string {
  if (/[\n\r\0]/.test(word)) {
    throw new BackupError("invalid-argument", `${quote(word)} cannot stand in a crontab`);
  }
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
