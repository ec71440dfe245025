import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./durations.ts";
import { BackupError } from "./errors.ts";
import { quote } from "./text.ts";

export interface TimeOptions {
  /**
   * What a day without a time means: its last moment, so that "yesterday" selects the newest backup made by then, or its first, as for
   * everything since yesterday.
   * @default "end"
   */
  readonly day?: "start" | "end" | undefined;
}

const AGO_UNITS: Record<string, number> = {
  s: SECOND_MS,
  sec: SECOND_MS,
  second: SECOND_MS,
  m: MINUTE_MS,
  min: MINUTE_MS,
  minute: MINUTE_MS,
  h: HOUR_MS,
  hour: HOUR_MS,
  d: DAY_MS,
  day: DAY_MS,
  w: 7 * DAY_MS,
  week: 7 * DAY_MS,
};

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const MAX_LENGTH = 100;

/**
 * Reads a point in time as people say it, relative to `now` and in this machine's time zone: `10 minutes ago`, `2h ago`,
 * `2 days ago`, `yesterday`, `yesterday 03:00`, `today at 14:30`, `last monday`, `2026-11-20`, `2026-11-20 03:00`, or an ISO time.
 *
 * @returns undefined when `text` is not a time.
 */
export function parseTime(text: string, now: Date, options: TimeOptions = {}): Date | undefined {
  const trimmed = text.length > MAX_LENGTH ? "" : text.trim();
  const words = trimmed.toLowerCase().replaceAll(/\s+/g, " ");
  if (words === "now") return now;
  const time =
    parseAgo(words, now) ?? parseNamedDay(words, now, options) ?? parseDate(trimmed, options);
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * {@link parseTime} for where nothing but a time will do.
 * @throws BackupError `invalid-argument`
 */
export function requireTime(text: string, now: Date, options: TimeOptions = {}): Date {
  const time = parseTime(text, now, options);
  if (time !== undefined) return time;
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  throw new BackupError("invalid-argument", `time ${quote(shown)} is not understood`, {
    hint: 'write "10 minutes ago", "yesterday 03:00", "last monday", "2026-11-20 03:00" or an ISO time',
  });
}

function parseAgo(words: string, now: Date): Date | undefined {
  const match = /^(?:(\d+)|an?) ?([a-z]+) ago$/.exec(words);
  if (match === null) return undefined;
  const [, howMany = "1", unit = ""] = match;
  // Single letters have no plural: `10 ms` are no minutes.
  const unitMs =
    AGO_UNITS[unit] ?? (unit.length > 2 ? AGO_UNITS[unit.replace(/s$/, "")] : undefined);
  return typeof unitMs === "number"
    ? new Date(now.getTime() - Number(howMany) * unitMs)
    : undefined;
}

function parseNamedDay(words: string, now: Date, options: TimeOptions): Date | undefined {
  const match = /^(today|yesterday|last [a-z]+)(?: (?:at )?(\d{1,2}):(\d{2}))?$/.exec(words);
  const daysAgo = daysSince(match?.[1] ?? "", now);
  if (match === null || daysAgo === undefined) return undefined;
  const [, , hour, minute] = match;
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
  if (hour !== undefined) {
    if (Number(hour) > 23 || Number(minute) > 59) return undefined;
    date.setHours(Number(hour), Number(minute));
  } else if (options.day !== "start") date.setHours(23, 59, 59, 999);
  return date;
}

/** Of `last monday` the days since the newest Monday before today. */
function daysSince(day: string, now: Date): number | undefined {
  if (day === "today") return 0;
  if (day === "yesterday") return 1;
  const weekday = WEEKDAYS.indexOf(day.replace("last ", ""));
  return weekday < 0 ? undefined : ((now.getDay() - weekday + 6) % 7) + 1;
}

function parseDate(text: string, options: TimeOptions): Date | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day = "", time, zone = ""] = match;
  if (!isCalendarDay(day)) return undefined;
  const edge = options.day === "start" ? "00:00:00" : "23:59:59.999";
  return new Date(`${day}T${time ?? edge}${zone}`);
}

/** `Date` takes the 31st of February for the 3rd of March; a mistyped day is no time. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
