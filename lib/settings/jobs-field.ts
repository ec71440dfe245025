import { z } from "zod";

/** What `clawback run` can do, in the order in which missed ones are caught up. */
export const JOB_NAMES = ["snapshot", "archive", "retention", "verify", "before-update"] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** Five fields of cron, or a word; whether the calendar has such a time shows where it is read (`lib/schedule`). */
const calendar = z
  .string()
  .regex(
    /^(?:off|hourly|daily|weekly|monthly|(?:[\d*/,A-Za-z-]+ ){4}[\d*/,A-Za-z-]+)$/,
    "expected hourly, daily, weekly, monthly, off, or five fields of cron such as 15 3 * * *",
  );
const storage = z.string().min(1).max(32);

const timed = { at: calendar.optional() };
const jobs = z.strictObject({
  snapshot: z.strictObject({ ...timed, storage: storage.optional() }).optional(),
  archive: z.strictObject({ ...timed, storage: storage.optional() }).optional(),
  retention: z.strictObject(timed).optional(),
  verify: z
    .strictObject({ ...timed, withinDays: z.number().int().min(1).max(365).optional() })
    .optional(),
  "before-update": z.strictObject({ storage: storage.optional() }).optional(),
});

/** `jobs` of the settings file. */
export const jobsField: z.ZodType<JobsEntry> = jobs;

export interface JobEntry {
  /** When: `hourly`, `daily`, `weekly`, `monthly`, `off`, or five fields of cron in this machine's time zone. */
  readonly at?: string | undefined;
}

export interface StoringJobEntry extends JobEntry {
  /** @default the default storage */
  readonly storage?: string | undefined;
}

export interface JobsEntry {
  /** @default hourly */
  readonly snapshot?: StoringJobEntry | undefined;
  /** @default weekly */
  readonly archive?: StoringJobEntry | undefined;
  /** @default daily */
  readonly retention?: JobEntry | undefined;
  /** @default daily, so that everything is read within 30 days */
  readonly verify?: (JobEntry & { readonly withinDays?: number | undefined }) | undefined;
  readonly "before-update"?: { readonly storage?: string | undefined } | undefined;
}

/** The fields that may stand at a place below `jobs`. */
export function jobFieldsAt(place: readonly PropertyKey[]): readonly string[] {
  const [job] = place;
  if (job === undefined) return Object.keys(jobs.shape);
  return job === "verify" ? ["at", "withinDays"] : ["at", "storage"];
}
