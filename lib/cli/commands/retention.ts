import type {
  ApplyRetentionOptions,
  Backup,
  RetentionReport,
  RetentionReview,
} from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import type { Output } from "../output.ts";
import { formatRemovals, formatReview } from "../views/index.ts";
import { choiceOf, RETENTION_FLAGS } from "./retention-flags.ts";

const show: CommandDefinition = {
  usage: "show",
  group: "Storage",
  summary: "show the policy, and for each backup whether it is kept and why",
  description:
    "Reads only. The policy stands in settings.json under retention; --keep flags show what another one would do.",
  flags: RETENTION_FLAGS,
  examples: [
    ["retention show", "what is kept, and why"],
    ["retention show --keep-daily 7 --keep-weekly 4", "what another policy would keep"],
  ],
  run: async ({ app, output }, _args, flags) => {
    const { planInstanceRetention } = await import("../../app/index.ts");
    const review = await planInstanceRetention(app, await choiceOf(flags));
    warn(output, review);
    output.result(asJson(review), () => formatReview(review));
    return 0;
  },
};

const apply: CommandDefinition = {
  usage: "apply",
  group: "Storage",
  summary: "remove the backups that no rule keeps, and what killed runs left behind",
  description:
    "Shows what goes and asks. What is held, the newest and the newest verified backup always stay, and so does a restore point of 30 days. " +
    "When a new backup looks abnormal (half as large, all of it new), nothing is removed for a week. " +
    "Afterwards the space of removed snapshots is given back, in two steps a day apart. " +
    "Where the credentials may not delete, nothing is removed and the command says who can.",
  flags: [
    { flags: "-n, --dry-run", description: "show what would be removed and stop" },
    flag.YES_FLAG,
    { flags: "--no-prune", description: "do not give back the space of removed snapshots" },
    ...RETENTION_FLAGS,
  ],
  examples: [
    ["retention apply --dry-run", "see what would go"],
    ["retention apply --yes", "for a script"],
    ["retention apply --preset keep-30 --type archive", "keep the newest 30 archives, this once"],
  ],
  exitCodes: { 11: "a repository is locked" },
  run: async ({ app, output, prompter }, _args, flags) => {
    const { applyInstanceRetention, planInstanceRetention } = await import("../../app/index.ts");
    const options: ApplyRetentionOptions = {
      ...(await choiceOf(flags)),
      prune: flags.prune !== false,
    };
    const review = await planInstanceRetention(app, options);
    warn(output, review);
    if (flag.isSet(flags, "dryRun")) {
      output.result({ plan: asJson(review) }, () => formatRemovals(review));
      return 0;
    }
    if (review.remove.length > 0 && !flag.isSet(flags, "yes")) {
      output.note(formatRemovals(review));
      await prompter.confirm(`Remove ${count(review.remove.length, "backup")}?`, "--yes");
    }
    const report = await applyInstanceRetention(app, review, options);
    tellFailures(output, report);
    output.result(report, () => formatReport(report));
    return exitCodeOf(report);
  },
};

export const retention: CommandDefinition = {
  usage: "retention",
  group: "Storage",
  summary: "show and apply the policy of which backups are kept",
  subcommands: [show, apply],
};

function warn(output: Output, { warnings, problems }: RetentionReview): void {
  for (const { message, hint } of problems)
    output.warn(hint === undefined ? message : `${message}; ${hint}`);
  for (const { message } of warnings) output.warn(message);
}

function tellFailures(output: Output, { failures, warnings }: RetentionReport): void {
  for (const { message, hint } of failures)
    output.warn(hint === undefined ? message : `${message}; ${hint}`);
  for (const message of warnings.filter((text) => text.startsWith("storage"))) output.warn(message);
}

/** Files and keys of unfinished archives are of no use to a reader. */
function asJson(review: RetentionReview): unknown {
  return {
    ...review,
    unfinished: review.unfinished.map(({ keys: _, ...archive }) => archive),
  };
}

function exitCodeOf({ failures }: RetentionReport): number {
  if (failures.length === 0) return 0;
  return failures.every(({ code }) => code === "repository-locked") ? 11 : 1;
}

function formatReport(report: RetentionReport): string {
  const { removed, kept, spared, failures, pruned, swept } = report;
  const stored = removed.reduce((sum: number, { storedBytes }: Backup) => sum + storedBytes, 0);
  const lines = [
    `removed ${count(removed.length, "backup")} (${formatSize(stored)} stored), ${count(kept, "backup")} kept`,
  ];
  if (spared.length > 0) lines.push(`${count(spared.length, "backup")} kept after all`);
  for (const { storage, deletedBytes, waitingBytes } of pruned) {
    lines.push(
      `storage ${escapeText(storage)}: ${formatSize(deletedBytes)} given back, ${formatSize(waitingBytes)} more by the next prune, a day later`,
    );
  }
  if (swept.archives > 0)
    lines.push(`swept ${count(swept.archives, "unfinished archive")}, ${formatSize(swept.bytes)}`);
  if (swept.uploads > 0) lines.push(`ended ${count(swept.uploads, "interrupted upload")}`);
  const left = failures.reduce((sum, failure) => sum + failure.left, 0);
  if (left > 0) lines.push(`NOT removed: ${count(left, "backup")}`);
  return lines.join("\n");
}
