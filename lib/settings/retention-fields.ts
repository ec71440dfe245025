import { z } from "zod";
import { RETENTION_PRESET_DATA } from "../../config/retention-presets.ts";

const SPAN = /^(?=\d)(?:\d{1,4}y)?(?:\d{1,5}m)?(?:\d{1,6}d)?(?:\d{1,7}h)?$/;

const keepCount = z.union([z.number().int().min(0).max(1_000_000), z.literal("all")], {
  error: 'expected a whole number from 0, or "all"',
});
const span = z.string().regex(SPAN, "expected a span such as 35d, 12h or 1y6m");

/** The rules of one policy; `lib/retention/types.ts` says what each keeps. */
const policy = z.strictObject({
  last: keepCount.optional(),
  hourly: keepCount.optional(),
  daily: keepCount.optional(),
  weekly: keepCount.optional(),
  monthly: keepCount.optional(),
  yearly: keepCount.optional(),
  within: span.optional(),
  withinHourly: span.optional(),
  withinDaily: span.optional(),
  withinWeekly: span.optional(),
  withinMonthly: span.optional(),
  withinYearly: span.optional(),
  tags: z.array(z.string().min(1).max(200)).max(100).optional(),
});

const PRESETS = Object.keys(RETENTION_PRESET_DATA) as (keyof typeof RETENTION_PRESET_DATA)[];
const policyOrPreset = z
  .union([z.enum(PRESETS), policy], {
    error: ({ input }) =>
      typeof input === "string" ? `expected one of ${PRESETS.join(", ")}` : undefined,
  })
  // A name of its own in the published schema, in place of four copies.
  .meta({ id: "retentionPolicy" });
const policies = { archives: policyOrPreset.optional(), snapshots: policyOrPreset.optional() };
const ofInstance = z.strictObject(policies);

const retention = z.strictObject({
  ...policies,
  instances: z.record(z.string().min(1).max(64), ofInstance).optional(),
  timeZone: z.string().max(64).refine(isTimeZone, "expected a time zone such as UTC").optional(),
  changesAcceptedAt: z.iso.datetime("expected a time in UTC").optional(),
});

/** `retention` of the settings file. */
export const retentionField: z.ZodType<RetentionEntry> = retention;

export interface RetentionPolicyEntry {
  readonly last?: number | "all" | undefined;
  readonly hourly?: number | "all" | undefined;
  readonly daily?: number | "all" | undefined;
  readonly weekly?: number | "all" | undefined;
  readonly monthly?: number | "all" | undefined;
  readonly yearly?: number | "all" | undefined;
  readonly within?: string | undefined;
  readonly withinHourly?: string | undefined;
  readonly withinDaily?: string | undefined;
  readonly withinWeekly?: string | undefined;
  readonly withinMonthly?: string | undefined;
  readonly withinYearly?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** What to keep of each kind: rules, or the name of a preset; nothing means the default. */
export interface RetentionPoliciesEntry {
  readonly archives?: keyof typeof RETENTION_PRESET_DATA | RetentionPolicyEntry | undefined;
  readonly snapshots?: keyof typeof RETENTION_PRESET_DATA | RetentionPolicyEntry | undefined;
}

export interface RetentionEntry extends RetentionPoliciesEntry {
  /** Stand above those of all. */
  readonly instances?: Readonly<Record<string, RetentionPoliciesEntry>> | undefined;
  /** In which hours, days and weeks begin. @default UTC */
  readonly timeZone?: string | undefined;
  /** Abnormal changes until then were looked at by a person, and no longer suspend removal. */
  readonly changesAcceptedAt?: string | undefined;
}

/** The fields that may stand at a place below `retention`. */
export function retentionFieldsAt(place: readonly PropertyKey[]): readonly string[] {
  const [kind, , kindOfInstance] = place;
  if (kind === undefined) return Object.keys(retention.shape);
  if (kind !== "instances") return Object.keys(policy.shape);
  return Object.keys(kindOfInstance === undefined ? ofInstance.shape : policy.shape);
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
