import type { SnapshotBackupReport, SnapshotOptions } from "../../app/index.ts";
import { count, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatNotes, formatOmissions, formatPlan, formatPlannedCost } from "../views/index.ts";
import { OLDER_SNAPSHOT_COMMANDS } from "./snapshot-older.ts";

const take: CommandDefinition = {
  usage: "snapshot",
  group: "Everyday",
  summary: "take a snapshot: encrypted, and only what changed is stored",
  description:
    "Reads a running installation without stopping it, and stores what no earlier snapshot has. Each one restores alone.\n" +
    "Snapshots lie in a repository in restic's format, which the first one creates; restic and rustic open it with its password.",
  flags: [
    { flags: "--name <name>", description: "a name to find it by later" },
    { flags: "--tag <tag>", description: "a label; repeatable", repeatable: true },
    { flags: "--session <id>", description: "the agent's session that it is taken for" },
    flag.STORAGE_FLAG,
    {
      flags: "--instance <name>",
      description: "keep it under this name instead of the configured one",
    },
    {
      flags: "-n, --dry-run",
      description: "say what would go in and what each rule keeps out; writes nothing",
    },
    { flags: "--only-config", description: "config, credentials, cron, devices and skills only" },
    {
      flags: "--class <class>",
      description: "only this class (config, databases, workspace, …); repeatable",
      repeatable: true,
    },
    {
      flags: "--on-locked <action>",
      description: "a database that stays locked: skip it, or fail",
      choices: ["skip", "fail"],
    },
    { flags: "--force", description: "read every file, even those that look unchanged" },
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["snapshot", "store what changed since the last one"],
    ["snapshot --name before-update --tag update", "name and tag it"],
    ["list --type snapshot", "see the snapshots"],
  ],
  exitCodes: {
    3: "stored, but something was left out or the snapshot is degraded",
    11: "the repository is locked",
    12: "wrong password",
  },
  run: async ({ app, output }, [name], flags) => {
    const { createSnapshotBackup, estimatePlanned, planSnapshot } = await import(
      "../../app/index.ts"
    );
    const options = snapshotOptions({ name, ...flags });
    if (flag.isSet(flags, "dryRun")) {
      const plan = await planSnapshot(app, options);
      const cost = await estimatePlanned(app, plan.included.bytes, options.storage);
      output.result({ plan, cost }, () =>
        [formatPlan(plan, output), ...formatPlannedCost(cost)].join("\n"),
      );
      return 0;
    }
    const report = await createSnapshotBackup(app, options);
    output.result(report, () => formatReport(report));
    return report.omissions.length > 0 || report.degraded ? 3 : 0;
  },
};

export const snapshot: CommandDefinition = {
  ...take,
  olderCommands: [{ ...take, usage: "create [name]" }, ...OLDER_SNAPSHOT_COMMANDS],
};

function snapshotOptions(flags: FlagValues): SnapshotOptions {
  return {
    name: flag.text(flags, "name"),
    tags: flag.list(flags, "tag"),
    session: flag.text(flags, "session"),
    storage: flag.text(flags, "storage"),
    instance: flag.text(flags, "instance"),
    onlyConfig: flag.isSet(flags, "onlyConfig"),
    classes: flag.list(flags, "class"),
    onLocked: flags.onLocked === "fail" ? "fail" : "skip",
    force: flag.isSet(flags, "force"),
  };
}

function formatReport(report: SnapshotBackupReport): string {
  const { changes } = report;
  const facts = [
    `${count(report.files, "file")} (${changes.filesNew} new, ${changes.filesChanged} changed)`,
    count(report.databases, "database"),
    count(report.omissions.length, "omission"),
    `${formatSize(report.storedBytes)} added in ${formatDuration(report.durationMs)}`,
  ];
  return [
    ...formatNotes(report.notes, report.notesTotal),
    ...formatOmissions(report.omissions),
    ...(report.degraded
      ? ["DEGRADED: a database that OpenClaw cannot live without is missing from this snapshot"]
      : []),
    facts.join(", "),
    `snapshot ${report.id.slice(0, 8)} is in ${report.location}`,
  ].join("\n");
}
