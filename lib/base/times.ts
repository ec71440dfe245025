import { DAY_MS, HOUR_MS, MINUTE_MS } from "./durations.ts";

const AGO_UNITS: Record<string, number> = {
  second: 1000,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

/**
 * Reads a point in time as people say it, relative to `now` and in this machine's time zone: `10 minutes ago`,
 * `2 days ago`, `yesterday`, `yesterday 03:00`, `today 14:30`, `2026-11-20`, `2026-11-20 03:00`, or an ISO time.
 *
 * A day without a time means its last moment, so that "yesterday" selects the newest backup made by then.
 * @returns undefined when `text` is not a time.
 */
export function parseTime(text: string, now: Date): Date | undefined {
  const words = text.trim().toLowerCase();
  if (words === "now") return now;
  const time = parseAgo(words, now) ?? parseNamedDay(words, now) ?? parseDate(text.trim());
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

function parseAgo(words: string, now: Date): Date | undefined {
  const match = /^(\d+|an?) (second|minute|hour|day|week)s? ago$/.exec(words);
  if (match === null) return undefined;
  const count = /^\d/.test(match[1] ?? "") ? Number(match[1]) : 1;
  return new Date(now.getTime() - count * (AGO_UNITS[match[2] ?? ""] ?? 0));
}

function parseNamedDay(words: string, now: Date): Date | undefined {
  const match = /^(today|yesterday)(?: (\d{1,2}):(\d{2}))?$/.exec(words);
  if (match === null) return undefined;
  const [, day, hour, minute] = match;
  const offset = day === "yesterday" ? -1 : 0;
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
  if (hour === undefined) date.setHours(23, 59, 59, 999);
  else if (Number(hour) > 23 || Number(minute) > 59) return undefined;
  else date.setHours(Number(hour), Number(minute));
  return date;
}

function parseDate(text: string): Date | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day = "", time, zone = ""] = match;
  if (!isCalendarDay(day)) return undefined;
  return new Date(`${day}T${time ?? "23:59:59.999"}${zone}`);
}

/** `Date` takes the 31st of February for the 3rd of March; a mistyped day is no time. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
