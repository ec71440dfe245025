import { escapeText } from "../base/index.ts";
import { type PeriodOf, periodsIn } from "./calendar.ts";
import { findAbnormalChange } from "./change.ts";
import { type Candidate, guardNewest, guardRestorePoint, isWhole } from "./guards.ts";
import { assertPolicies, describePolicy } from "./policy.ts";
import { applyRules } from "./rules.ts";
import type {
  RetainedBackup,
  RetentionDecision,
  RetentionOptions,
  RetentionPlan,
  RetentionPolicies,
  RetentionPolicy,
  RetentionWarning,
} from "./types.ts";

/**
 * Decides which backups to keep and which to remove, with reasons. Pure: nothing is read and nothing removed.
 *
 * Each storage, instance and kind is decided alone, and in it whole backups apart from partial and degraded ones, so that many small ones never
 * push a whole one out. Whatever the policy says, these stay: what is held; the newest and the newest verified; a whole backup at least 30
 * days old; kinds without a policy; backups dated in the future, which count for no rule either, because a wrong clock must not push
 * good ones out. An abnormal change within the last week keeps everything of its group and warns.
 *
 * @param backups - In any order; each once.
 * @throws BackupError `policy-refused` for an empty policy; `invalid-argument` for one that is not understood
 */
export function planRetention<T extends RetainedBackup>(
  backups: readonly T[],
  policies: RetentionPolicies,
  options: RetentionOptions,
): RetentionPlan<T> {
  assertPolicies(policies);
  const periodOf = periodsIn(options.timeZone ?? "UTC");
  const candidates = backups.map((backup): Candidate<T> => ({ backup, reasons: [] }));
  candidates.sort(compareNewestFirst);
  const warnings: RetentionWarning[] = [];
  const groups = Map.groupBy(candidates, ({ backup }) =>
    JSON.stringify([backup.storage, backup.instance, backup.kind]),
  );
  for (const group of groups.values()) {
    const kind = group[0]?.backup.kind;
    const policy = kind === undefined ? undefined : policies[kind];
    if (policy === undefined) keepAll(group, "no policy for its kind");
    else warnings.push(...decideGroup(group, policy, { ...options, periodOf }));
  }
  const [keep = [], remove = []] = [true, false].map((isKept) =>
    candidates
      .filter(({ reasons }) => reasons.length > 0 === isKept)
      .map((candidate) => decide(candidate, policies)),
  );
  return { keep, remove, warnings };
}

interface GroupOptions extends RetentionOptions {
  readonly periodOf: PeriodOf;
}

/** Adds the reasons to keep of one storage, instance and kind. @returns what a person should know */
function decideGroup(
  group: readonly Candidate[],
  policy: RetentionPolicy,
  options: GroupOptions,
): RetentionWarning[] {
  const { now, periodOf } = options;
  const isFuture = ({ backup }: Candidate) => !(new Date(backup.createdAt) <= now);
  const past = group.filter((candidate) => !isFuture(candidate));
  const whole = past.filter(({ backup }) => isWhole(backup));
  const others = past.filter(({ backup }) => !isWhole(backup));
  for (const series of [whole, others]) {
    const reasons = applyRules(
      series.map(({ backup }) => backup),
      policy,
      periodOf,
    );
    for (const [i, candidate] of series.entries()) candidate.reasons.push(...(reasons[i] ?? []));
    guardNewest(series);
  }
  guardRestorePoint(whole, now);
  return [...warnOfFuture(group.filter(isFuture)), ...suspendOnChange(group, whole, options)];
}

function warnOfFuture(future: readonly Candidate[]): RetentionWarning[] {
  keepAll(future, "dated in the future");
  return future.map(({ backup: { id, createdAt } }) => ({
    code: "future-backup" as const,
    message: `backup ${escapeText(id)} is dated ${createdAt}, which is still to come; it is kept and counts for no rule`,
    id,
  }));
}

function suspendOnChange(
  group: readonly Candidate[],
  whole: readonly Candidate[],
  { now, changesAcceptedAt }: RetentionOptions,
): RetentionWarning[] {
  const change = findAbnormalChange(
    whole.map(({ backup }) => backup),
    now,
    changesAcceptedAt,
  );
  if (change === undefined) return [];
  keepAll(
    group.filter(({ reasons }) => reasons.length === 0),
    `removal is suspended: ${change.message}`,
  );
  const message = `${change.message}; nothing is removed for a week, or until the change is accepted`;
  return [{ code: "abnormal-change", message, id: change.id }];
}

function keepAll(candidates: readonly Candidate[], reason: string): void {
  for (const { reasons } of candidates) reasons.push(reason);
}

function decide<T extends RetainedBackup>(
  { backup, reasons }: Candidate<T>,
  policies: RetentionPolicies,
): RetentionDecision<T> {
  if (reasons.length > 0) return { backup, reasons };
  const policy = policies[backup.kind] ?? {};
  return { backup, reasons: [`no rule keeps it: ${describePolicy(policy)}`] };
}

function compareNewestFirst({ backup: a }: Candidate, { backup: b }: Candidate): number {
  const difference = new Date(b.createdAt).getTime() - new Date(a.createdAt).getTime();
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return a.id < b.id ? 1 : -1;
}
