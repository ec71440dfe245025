import { BackupError } from "../base/index.ts";

/** A stretch of the calendar: months and years have no fixed length. */
export interface Span {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

const SPAN = /^(?:(\d{1,4})y)?(?:(\d{1,5})m)?(?:(\d{1,6})d)?(?:(\d{1,7})h)?$/;

/**
 * Reads a span as restic writes it: `35d`, `12h`, `1y6m`; `m` is a month here.
 * @throws BackupError `invalid-argument` when it is none, or nothing
 */
export function parseSpan(text: string): Span {
  const match = SPAN.exec(text.trim());
  const [years = 0, months = 0, days = 0, hours = 0] = (match ?? [])
    .slice(1)
    .map((n) => Number(n ?? 0));
  if (match !== null && years + months + days + hours > 0) return { years, months, days, hours };
  throw new BackupError("invalid-argument", `span ${JSON.stringify(text)} is not understood`, {
    hint: "write years, months, days and hours in this order, such as 35d, 12h or 1y6m",
  });
}

/** The moment a span before `time`, by the calendar of UTC; the 31st of a shorter month is a day of the next, as for restic. */
export function before(time: Date, span: Span): Date {
  return new Date(
    Date.UTC(
      time.getUTCFullYear() - span.years,
      time.getUTCMonth() - span.months,
      time.getUTCDate() - span.days,
      time.getUTCHours() - span.hours,
      time.getUTCMinutes(),
      time.getUTCSeconds(),
      time.getUTCMilliseconds(),
    ),
  );
}
