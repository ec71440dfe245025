import { join } from "node:path";
import { SCHEDULE_TEMPLATES } from "../../templates/schedule.ts";
import { type CalendarFields, readFields } from "./calendar.ts";
import { jobCommand, recoverCommand } from "./command.ts";
import { fillTemplate, MARKER } from "./marker.ts";
import type { ScheduleHost, ScheduleScope, TimedJob } from "./types.ts";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Where units of a scope lie. */
export function unitDirectory({ userHome, variables }: ScheduleHost, scope: ScheduleScope): string {
  if (scope === "system") return "/etc/systemd/system";
  const config = variables.XDG_CONFIG_HOME || join(userHome, ".config");
  return join(config, "systemd", "user");
}

/** `clawback-<instance>-<job>`, without `.service` or `.timer`. */
export function unitName(instance: string, job: string): string {
  return `clawback-${instance}-${job}`;
}

/** The service of a job, as text. */
export function formatService(host: ScheduleHost, scope: ScheduleScope, { job }: TimedJob): string {
  const { instance, userName, environment } = host;
  const settings = Object.entries(environment).map(
    ([name, value]) => `Environment=${quoteWord(`${name}=${value}`)}`,
  );
  const isSystem = scope === "system";
  return fillTemplate(SCHEDULE_TEMPLATES.systemdService, {
    marker: MARKER,
    job,
    instance,
    after: isSystem ? "After=network-online.target\nWants=network-online.target" : "",
    command: jobCommand(host, job).map(quoteArgument).join(" "),
    environment: settings.join("\n"),
    user: isSystem ? `User=${escapePercent(userName)}` : "",
  });
}

/** What goes before the Gateway's start, as text. Its own environment stays as it is. */
export function formatGatewayDropIn(host: ScheduleHost): string {
  const settings = Object.entries(host.environment).map(([name, value]) => `${name}=${value}`);
  const words = ["/usr/bin/env", ...settings, ...recoverCommand(host)];
  const command = words.map(quoteArgument).join(" ");
  return fillTemplate(SCHEDULE_TEMPLATES.systemdGateway, { marker: MARKER, command });
}

/** Where that lies, for a unit such as `openclaw-gateway.service`. */
export function gatewayDropIn(directory: string, unit: string, instance: string): string {
  return join(directory, `${unit}.d`, `50-clawback-${instance}.conf`);
}

/** The timer of a job, as text. */
export function formatTimer({ instance }: ScheduleHost, { job, cron }: TimedJob): string {
  const fields = readFields(cron);
  return fillTemplate(SCHEDULE_TEMPLATES.systemdTimer, {
    marker: MARKER,
    job,
    instance,
    calendar: formatOnCalendar(fields)
      .map((line) => `OnCalendar=${line}`)
      .join("\n"),
    delay: fields.hours === undefined ? "2min" : "20min",
  });
}

/**
 * The same times in systemd's words. Where cron has both a day of the month and of the week, either is enough, which takes two.
 * @see man systemd.time, "Calendar Events"
 */
export function formatOnCalendar(fields: CalendarFields): string[] {
  const { minutes, hours, days, months, weekdays } = fields;
  const list = (values: readonly number[] | undefined) =>
    values?.map((value) => String(value).padStart(2, "0")).join(",") ?? "*";
  const time = `${list(hours)}:${list(minutes)}:00`;
  const names = weekdays?.map((day) => WEEKDAYS[day]).join(",");
  if (names !== undefined && days !== undefined) {
    return [`*-${list(months)}-${list(days)} ${time}`, `${names} *-${list(months)}-* ${time}`];
  }
  const date = `*-${list(months)}-${list(days)}`;
  return [names === undefined ? `${date} ${time}` : `${names} ${date} ${time}`];
}

/** In an `ExecStart`, `%` and `$` mean something, too. */
function quoteArgument(text: string): string {
  return quoteWord(text).replaceAll("$", "$$$$");
}

/** @see man systemd.service, "Command lines"; man systemd.syntax, "Quoting" */
function quoteWord(text: string): string {
  const escaped = escapePercent(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
  return /^[\w@%+=:,./-]+$/.test(text) ? escaped : `"${escaped}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%%");
}
