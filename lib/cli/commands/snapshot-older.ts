import type {
  Backup,
  SnapshotCleanupPlan,
  SnapshotCleanupReport,
  SnapshotStatus,
} from "../../app/index.ts";
import { BackupError, count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime, shownId } from "../format.ts";
import type { Output } from "../output.ts";
import { history } from "./history.ts";
import { listCommand } from "./list.ts";
import { rollback } from "./rollback.ts";

const DEFAULT_LIMIT = 50;

const list: CommandDefinition = {
  ...listCommand,
  usage: "list",
  summary: "list snapshots, newest first",
  arguments: [],
  flags: listCommand.flags?.filter(({ flags }) => !flags.startsWith("--type ")),
  run: async (context, args, flags) =>
    await listCommand.run?.(context, args, { limit: DEFAULT_LIMIT, ...flags, type: ["snapshot"] }),
};

const status: CommandDefinition = {
  usage: "status",
  group: "Everyday",
  summary: "say how many snapshots there are, and what they cost",
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  run: async ({ app, output }, _args, flags) => {
    const { readSnapshotStatus } = await import("../../app/index.ts");
    const report = await readSnapshotStatus(app, flag.selection(flags));
    warnOf(output, report.problems);
    output.result(report, () => formatStatus(report));
    return 0;
  },
};

const cleanup: CommandDefinition = {
  usage: "cleanup",
  group: "Everyday",
  summary: "remove old snapshots",
  description:
    "The newest one, the newest full one, the newest verified one and those that are held stay.",
  flags: [
    {
      flags: "--older-than <days>",
      description: "those that are older than so many days",
      parse: flag.wholeNumber(1, 100_000, "--older-than"),
    },
    { flags: "-n, --dry-run", description: "show what would be removed and stop" },
    flag.YES_FLAG,
    ...flag.SELECT_FLAGS,
    ...flag.PASSWORD_FLAGS,
  ],
  run: async ({ app, output, prompter }, _args, flags) => {
    const { applySnapshotCleanup, planSnapshotCleanup } = await import("../../app/index.ts");
    const olderThanDays = daysOf(flags);
    const plan = await planSnapshotCleanup(app, { ...flag.selection(flags), olderThanDays });
    warnOf(output, plan.problems);
    if (flag.isSet(flags, "dryRun")) {
      output.result({ plan }, () => formatPlan(plan));
      return 0;
    }
    if (plan.remove.length > 0 && !flag.isSet(flags, "yes")) {
      output.note(formatPlan(plan));
      await prompter.confirm(`Remove ${count(plan.remove.length, "snapshot")}?`, "--yes");
    }
    const report = await applySnapshotCleanup(app, plan);
    for (const { message, hint } of report.failures) {
      output.warn(hint === undefined ? message : `${message}; ${hint}`);
    }
    output.result(report, () => formatReport(report));
    return report.failures.length > 0 ? 1 : 0;
  },
};

/** What older tools have as commands of `snapshot`. `create` is `snapshot` itself; see there. */
export const OLDER_SNAPSHOT_COMMANDS: readonly CommandDefinition[] = [
  list,
  status,
  rollback,
  history,
  cleanup,
];

function daysOf(flags: FlagValues): number {
  const days = flag.number(flags, "olderThan");
  if (days !== undefined) return days;
  throw new BackupError("invalid-argument", "it is not said how old snapshots are to be removed", {
    hint: "use --older-than DAYS; a policy for every day is: clawback retention show",
  });
}

function warnOf(output: Output, problems: SnapshotStatus["problems"]): void {
  for (const { storage, message } of problems) output.warn(`storage ${storage}: ${message}`);
}

function formatStatus(report: SnapshotStatus): string {
  const { sessions, snapshots, storedBytes, capturedBytes, deduplicationRatio: ratio } = report;
  const lines = [
    "Snapshot status:",
    `Total sessions: ${sessions}`,
    `Total snapshots: ${snapshots}`,
    `Storage used: ${formatSize(storedBytes)}`,
    `Oldest event: ${report.oldest === null ? "none yet" : formatTime(report.oldest)}`,
  ];
  if (ratio !== null) {
    lines.push(`Deduplication: ${ratio.toFixed(1)} to 1 (${formatSize(capturedBytes)} captured)`);
  }
  return lines.join("\n");
}

function formatPlan({ remove, keep, olderThanDays }: SnapshotCleanupPlan): string {
  const line = (backup: Backup): string =>
    `${shownId(backup)} of ${formatTime(backup.createdAt)} in storage ${escapeText(backup.storage)}`;
  const kept = keep.map(({ backup, reason }) => `stays: ${line(backup)}: ${reason}`);
  if (remove.length === 0) {
    return [`no snapshot to remove is older than ${olderThanDays} days`, ...kept].join("\n");
  }
  return ["Would remove:", ...remove.map(line), ...kept].join("\n");
}

function formatReport({ removed, held, failures }: SnapshotCleanupReport): string {
  const left = failures.reduce((sum, each) => sum + each.left, 0);
  return [
    `removed ${count(removed.length, "snapshot")}`,
    ...(held.length === 0 ? [] : [`${count(held.length, "snapshot")} stayed: held meanwhile`]),
    ...(left === 0 ? [] : [`${count(left, "snapshot")} could not be removed`]),
    ...(removed.length === 0 ? [] : ["to give back their space: clawback repository prune"]),
  ].join("\n");
}
