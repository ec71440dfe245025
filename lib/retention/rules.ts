import type { Period, PeriodOf } from "./calendar.ts";
import { COUNT_RULES, SPAN_RULES } from "./policy.ts";
import { before, parseSpan } from "./span.ts";
import type { RetainedBackup, RetentionPolicy } from "./types.ts";

/** A backup as the rules see it. */
export type DatedBackup = Pick<RetainedBackup, "createdAt" | "tags">;

/**
 * Says which backups of one series the rules of a policy keep, and why; exactly as `restic forget` decides (restic 0.16 and later).
 *
 * @param series - Newest first, none of them dated after now.
 * @returns Of each backup the reasons to keep it, in the order of the series; empty when no rule wants it.
 * @see restic internal/data/snapshot_policy.go
 */
export function applyRules(
  series: readonly DatedBackup[],
  policy: RetentionPolicy,
  periodOf: PeriodOf,
): readonly (readonly string[])[] {
  const rules = [
    tagRule(policy),
    ...countRules(policy, periodOf),
    ...spanRules(series, policy, periodOf),
  ];
  return series.map((backup, index) => {
    const place = {
      time: new Date(backup.createdAt),
      index,
      isOldest: index === series.length - 1,
    };
    return rules.flatMap((rule) => rule(backup, place));
  });
}

/** Where a backup stands in its series. */
interface Place {
  readonly time: Date;
  readonly index: number;
  readonly isOldest: boolean;
}

/** Asked for every backup from the newest to the oldest; gives its reasons to keep it. */
type Rule = (backup: DatedBackup, place: Place) => readonly string[];

function tagRule({ tags = [] }: RetentionPolicy): Rule {
  return (backup) => tags.filter((tag) => backup.tags.includes(tag)).map((tag) => `tag ${tag}`);
}

function countRules(policy: RetentionPolicy, periodOf: PeriodOf): Rule[] {
  return COUNT_RULES.map((name) => {
    const keep = policy[name];
    let left = keep === "all" ? Number.POSITIVE_INFINITY : (keep ?? 0);
    const isNew = newPeriods(name === "last" ? undefined : name, periodOf);
    return (_, place) => {
      if (left === 0) return [];
      const reason = isNew(place) ? name : place.isOldest ? `oldest ${name}` : undefined;
      if (reason === undefined) return [];
      left--;
      return [reason];
    };
  });
}

function spanRules(
  series: readonly DatedBackup[],
  policy: RetentionPolicy,
  periodOf: PeriodOf,
): Rule[] {
  const newest = series[0];
  if (newest === undefined) return [];
  return SPAN_RULES.flatMap(([name, period]): Rule[] => {
    const span = policy[name];
    if (span === undefined) return [];
    const start = before(new Date(newest.createdAt), parseSpan(span));
    const isNew = newPeriods(period, periodOf);
    const text = `${period === undefined ? "" : `${period} `}within ${span}`;
    return [
      (_, place) => {
        if (place.time <= start) return [];
        if (isNew(place)) return [text];
        return place.isOldest ? [`oldest ${text}`] : [];
      },
    ];
  });
}

/** Whether a backup is the first that is asked about in its period. Without a period every backup has its own. */
function newPeriods(period: Period | undefined, periodOf: PeriodOf): (place: Place) => boolean {
  let last: string | undefined;
  return ({ time, index }) => {
    const current = period === undefined ? `${index}` : periodOf(period, time);
    const isNew = current !== last;
    last = current;
    return isNew;
  };
}
