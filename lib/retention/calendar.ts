import { BackupError } from "../base/index.ts";

/** The stretches of the calendar that one backup each is kept of. */
export type Period = "hourly" | "daily" | "weekly" | "monthly" | "yearly";

/** Names the hour, day, … that a time lies in; equal for times of the same one. */
export type PeriodOf = (period: Period, time: Date) => string;

/**
 * Makes a {@link PeriodOf} for a time zone.
 * @throws BackupError `invalid-argument` when the zone is not known
 */
export function periodsIn(timeZone: string): PeriodOf {
  const format = formatIn(timeZone);
  return (period, time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const year = Number(parts.get("year"));
    const [month = "", day = "", hour = ""] = [
      parts.get("month"),
      parts.get("day"),
      parts.get("hour"),
    ];
    if (period === "yearly") return `${year}`;
    if (period === "monthly") return `${year}-${month}`;
    if (period === "weekly") return isoWeek(year, Number(month), Number(day));
    return period === "daily" ? `${year}-${month}-${day}` : `${year}-${month}-${day}T${hour}`;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const numeric = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      hourCycle: "h23",
      ...numeric,
    });
  } catch (cause) {
    throw unknownZone(timeZone, cause);
  }
}

function unknownZone(timeZone: string, cause: unknown): BackupError {
  return new BackupError("invalid-argument", `time zone ${JSON.stringify(timeZone)} is not known`, {
    hint: "give a name such as UTC or Europe/Berlin",
    cause,
  });
}

/** `2026-W47`: the week's Thursday decides on its year. */
function isoWeek(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const thursday = new Date(Date.UTC(year, month - 1, day + 4 - (date.getUTCDay() || 7)));
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - newYear) / (7 * 86_400_000)) + 1;
  return `${thursday.getUTCFullYear()}-W${week}`;
}
