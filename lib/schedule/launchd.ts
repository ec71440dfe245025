import { join } from "node:path";
import { SCHEDULE_TEMPLATES } from "../../templates/schedule.ts";
import { BackupError } from "../base/index.ts";
import { type CalendarFields, readFields } from "./calendar.ts";
import { jobCommand } from "./command.ts";
import { fillTemplate, MARKER } from "./marker.ts";
import type { ScheduleHost, ScheduleScope, TimedJob } from "./types.ts";

const MAX_ENTRIES = 500;

export function agentDirectory({ userHome }: ScheduleHost, scope: ScheduleScope): string {
  return scope === "system" ? "/Library/LaunchDaemons" : join(userHome, "Library", "LaunchAgents");
}

export function agentLabel(instance: string, job: string): string {
  return `ai.clawback.${instance}.${job}`;
}

/** The property list of a job. What is missed while the machine sleeps, launchd starts once when it wakes. */
export function formatAgent(host: ScheduleHost, scope: ScheduleScope, timed: TimedJob): string {
  const { job, cron } = timed;
  const { instance, environment, userName } = host;
  const pairs = Object.entries(environment).map(
    ([name, value]) =>
      `    <key>${escapeXml(name)}</key>\n    <string>${escapeXml(value)}</string>`,
  );
  return fillTemplate(SCHEDULE_TEMPLATES.launchd, {
    marker: MARKER,
    label: escapeXml(agentLabel(instance, job)),
    command: jobCommand(host, job)
      .map((word) => `    <string>${escapeXml(word)}</string>`)
      .join("\n"),
    environment:
      pairs.length === 0
        ? ""
        : `  <key>EnvironmentVariables</key>\n  <dict>\n${pairs.join("\n")}\n  </dict>`,
    user:
      scope === "system" ? `  <key>UserName</key>\n  <string>${escapeXml(userName)}</string>` : "",
    calendar: calendarEntries(readFields(cron)).map(formatEntry).join("\n"),
  });
}

type Entry = Readonly<Record<string, number>>;

/** Each time of a day that launchd shall wait for; it knows no lists and steps. */
function calendarEntries({ minutes, hours, days, months, weekdays }: CalendarFields): Entry[] {
  const dates =
    days !== undefined && weekdays !== undefined
      ? [...combine({ Day: days }), ...combine({ Weekday: weekdays })]
      : combine({ Day: days, Weekday: weekdays });
  const times = combine({ Month: months, Hour: hours, Minute: minutes });
  const entries = dates.flatMap((date) => times.map((time) => ({ ...date, ...time })));
  if (entries.length <= MAX_ENTRIES) return entries;
  throw new BackupError("limit-exceeded", `such times take ${entries.length} entries of launchd`, {
    hint: `choose times of which there are at most ${MAX_ENTRIES}, such as */15 * * * *`,
  });
}

function combine(fields: Readonly<Record<string, readonly number[] | undefined>>): Entry[] {
  let entries: Entry[] = [{}];
  for (const [name, values] of Object.entries(fields)) {
    if (values === undefined) continue;
    entries = entries.flatMap((entry) => values.map((value) => ({ ...entry, [name]: value })));
  }
  return entries;
}

function formatEntry(entry: Entry): string {
  const pairs = Object.entries(entry).map(
    ([name, value]) => `<key>${name}</key><integer>${value}</integer>`,
  );
  return `    <dict>${pairs.join("")}</dict>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
