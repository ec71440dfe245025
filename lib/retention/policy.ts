import { BackupError } from "../base/index.ts";
import { parseSpan } from "./span.ts";
import type { KeepCount, RetentionPolicies, RetentionPolicy } from "./types.ts";

export const COUNT_RULES = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;

/** The rules with a span, and of which period each keeps one. */
export const SPAN_RULES = [
  ["within", undefined],
  ["withinHourly", "hourly"],
  ["withinDaily", "daily"],
  ["withinWeekly", "weekly"],
  ["withinMonthly", "monthly"],
  ["withinYearly", "yearly"],
] as const;

/** What is kept unless the user says otherwise: two days of hours and a year of months, and five weeks of archives. */
export const DEFAULT_POLICIES: RetentionPolicies = {
  snapshot: { hourly: 48, daily: 30, weekly: 8, monthly: 12 },
  archive: { last: 5, within: "35d" },
};

/**
 * Refuses policies that say nothing: they would remove almost everything, and were hardly meant.
 * @throws BackupError `policy-refused` when there is none, or an empty one; `invalid-argument` for a number or span that is none
 */
export function assertPolicies(policies: RetentionPolicies): void {
  const given = Object.entries(policies).flatMap(([kind, policy]) =>
    policy === undefined ? [] : [{ kind, policy }],
  );
  if (given.length === 0) throw refused("there is no retention policy");
  for (const { kind, policy } of given) {
    assertCounts(policy);
    for (const [rule] of SPAN_RULES) {
      const span = policy[rule];
      if (span !== undefined) parseSpan(span);
    }
    if (describePolicy(policy) === "") throw refused(`the retention policy of ${kind}s is empty`);
  }
}

function assertCounts(policy: RetentionPolicy): void {
  for (const rule of COUNT_RULES) {
    const keep = policy[rule];
    if (keep === undefined || keep === "all" || (Number.isSafeInteger(keep) && keep >= 0)) continue;
    throw new BackupError("invalid-argument", `retention: ${rule} is ${String(keep)}`, {
      hint: 'give a whole number from 0, or "all"',
    });
  }
}

/** `48 hourly, 30 daily, within 35d, tag keep`; empty when the policy keeps nothing. */
export function describePolicy(policy: RetentionPolicy): string {
  const counts = COUNT_RULES.filter((rule) => isCounting(policy[rule])).map(
    (rule) => `${policy[rule]} ${rule}`,
  );
  const spans = SPAN_RULES.filter(([rule]) => policy[rule] !== undefined).map(
    ([rule, period]) => `${period === undefined ? "" : `${period} `}within ${policy[rule]}`,
  );
  const tags = (policy.tags ?? []).map((tag) => `tag ${tag}`);
  return [...counts, ...spans, ...tags].join(", ");
}

function isCounting(keep: KeepCount | undefined): boolean {
  return keep !== undefined && keep !== 0;
}

function refused(message: string): BackupError {
  return new BackupError("policy-refused", message, {
    hint: "say what to keep, such as 48 hourly, 30 daily and 12 monthly",
  });
}
