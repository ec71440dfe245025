import { createHash } from "node:crypto";
import { Cron } from "croner";
import { BackupError, quote } from "../base/index.ts";

/** At which hour a job is due that is due once a day or less; apart, so that they do not meet. */
const HOURS: Readonly<Record<string, number>> = {
  snapshot: 2,
  archive: 3,
  retention: 4,
  verify: 5,
};

/**
 * Turns what the settings say of a time into five fields of cron: a word (`hourly`, `daily`, `weekly`, `monthly`), or such fields themselves.
 * The minute of a word is drawn from the instance and the job, always the same, so that fifty machines do not come at once.
 *
 * @returns undefined for `off`
 * @throws BackupError `invalid-argument` for a time that never comes
 */
export function resolveCalendar(at: string, job: string, instance: string): string | undefined {
  if (at === "off") return undefined;
  const minute = createHash("sha256").update(`${instance}\n${job}`).digest().readUInt32BE() % 60;
  const hour = HOURS[job] ?? 2;
  const words: Readonly<Record<string, string>> = {
    hourly: `${minute} * * * *`,
    daily: `${minute} ${hour} * * *`,
    weekly: `${minute} ${hour} * * 0`,
    monthly: `${minute} ${hour} 1 * *`,
  };
  const cron = words[at] ?? at;
  if (nextTime(cron, new Date(0)) !== undefined) return cron;
  throw new BackupError("invalid-argument", `time ${quote(at)} never comes`, {
    hint: "give hourly, daily, weekly, monthly, off, or five fields of cron such as 15 3 * * *",
  });
}

/** The first time after `from`, by the clock on this machine's wall; undefined when there is none. */
export function nextTime(cron: string, from: Date): Date | undefined {
  return parse(cron).nextRun(from) ?? undefined;
}

/** Whether a job that began last at `since` was due again by `now`. */
export function isOverdue(cron: string, since: Date, now: Date): boolean {
  // Forward only: croner 10.0 stumbles when it goes back to a 29th of February.
  const next = nextTime(cron, since);
  return next !== undefined && next <= now;
}

/** The longest a job that is due so may be silent: the longest of the next gaps between two times. */
export function longestGapMs(cron: string, from: Date): number {
  const times = parse(cron).nextRuns(20, from);
  const gaps = times.slice(1).map((time, i) => time.getTime() - (times[i]?.getTime() ?? 0));
  return Math.max(0, ...gaps);
}

/** The values of each field, `undefined` for any: what other calendars are written from. */
export interface CalendarFields {
  readonly minutes: readonly number[] | undefined;
  readonly hours: readonly number[] | undefined;
  readonly days: readonly number[] | undefined;
  readonly months: readonly number[] | undefined;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[] | undefined;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Takes five fields apart that `croner` has understood. */
export function readFields(cron: string): CalendarFields {
  parse(cron);
  const [minute = "*", hour = "*", day = "*", month = "*", weekday = "*"] = cron.split(" ");
  const weekdays = valuesOf(weekday, { min: 0, max: 7, names: WEEKDAYS, first: 0 });
  return {
    minutes: valuesOf(minute, { min: 0, max: 59 }),
    hours: valuesOf(hour, { min: 0, max: 23 }),
    days: valuesOf(day, { min: 1, max: 31 }),
    months: valuesOf(month, { min: 1, max: 12, names: MONTHS, first: 1 }),
    weekdays:
      weekdays && [...new Set(weekdays.map((value) => value % 7))].toSorted((a, b) => a - b),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** What the first name stands for. */
  readonly first?: number;
}

function valuesOf(field: string, range: Range): number[] | undefined {
  if (field === "*") return undefined;
  const values = field.split(",").flatMap((part) => {
    const [span = "", step] = part.split("/");
    const [from, to] = span === "*" ? [range.min, range.max] : ends(span, range);
    const end = step !== undefined && to === undefined ? range.max : (to ?? from);
    const every = step === undefined ? 1 : Number(step);
    const found: number[] = [];
    for (let value = from; value <= end; value += every) found.push(value);
    return found;
  });
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function ends(span: string, { names = [], first = 0 }: Range): [number, number | undefined] {
  const [from = 0, to] = span.split("-").map((text) => {
    const named = names.indexOf(text.toLowerCase());
    return named < 0 ? Number(text) : named + first;
  });
  return [from, to];
}

const PART = String.raw`(?:\*|(?:\d{1,2}|[a-z]{3})(?:-(?:\d{1,2}|[a-z]{3}))?)(?:\/\d{1,2})?`;
const FIVE_FIELDS = new RegExp(`^(?:${PART}(?:,${PART})*(?: (?!$)|$)){5}$`, "i");

function parse(cron: string): Cron {
  try {
    // Five fields and no more, as cron itself has them; no `L`, `#` and `?`, which cron does not know.
    if (!FIVE_FIELDS.test(cron)) throw new Error("it has not five fields as cron has them");
    return new Cron(cron, { mode: "5-part" });
  } catch (error) {
    throw isNotUnderstood(cron, error);
  }
}

function isNotUnderstood(cron: string, cause: unknown): BackupError {
  const why = cause instanceof Error ? `: ${cause.message.replace(/^CronPattern: /, "")}` : "";
  return new BackupError("invalid-argument", `time ${quote(cron)} is not understood${why}`, {
    hint: "give hourly, daily, weekly, monthly, off, or five fields of cron such as 15 3 * * *",
    cause,
  });
}
