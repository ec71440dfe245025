import type { Backup, RestoreReport, UndoReport } from "../../app/index.ts";
import { count, escapeText, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime } from "../format.ts";
import { formatRestorePlan } from "../views/index.ts";

export const restore: CommandDefinition = {
  usage: "restore [backup]",
  group: "Everyday",
  summary: "put a backup back in place, or elsewhere with --target",
  description:
    "Shows what will change and asks for yes. Until the swap nothing live has changed; afterwards the state that was there is kept\n" +
    "beside it as .openclaw.pre-restore-…, and clawback restore --undo puts it back.",
  arguments: ["an id, the start of one, a name, latest, latest~1, a time, or an archive file"],
  flags: [
    ...flag.ARCHIVE_FLAGS,
    { flags: "--from <storage>", description: "the same as --storage" },
    { flags: "--from-remote <storage>", description: "the same as --storage", hidden: true },
    {
      flags: "--target <dir>",
      description: "restore into this new or empty directory; nothing live is touched",
      parse: flag.absolutePath,
    },
    {
      flags: "--only <path>",
      description: "only this path, relative to the state directory; repeatable",
      repeatable: true,
    },
    { flags: "--class <class>", description: "only this class; repeatable", repeatable: true },
    { flags: "-n, --dry-run", description: "show the plan and stop" },
    flag.YES_FLAG,
    {
      flags: "--overwrite-gateway-token",
      description: "take the backup's gateway token instead of keeping this host's",
    },
    {
      flags: "--owner <uid:gid>",
      description: "who shall own what is restored (as root)",
      parse: flag.ownerFlag,
    },
    { flags: "--snapshot", description: "take a snapshot of what is there first, as well" },
    { flags: "--undo", description: "put back what the last restore replaced" },
  ],
  examples: [
    ["restore latest --dry-run", "see what would change"],
    ["restore latest", "put the newest full backup in place"],
    ["restore latest --target ./look", "unpack it elsewhere"],
    ["restore 'yesterday 03:00' --only workspace/MEMORY.md", "one file as it was"],
    ["restore --undo", "go back to before the last restore"],
  ],
  run: async (context, [selector], flags) => {
    if (flag.isSet(flags, "undo")) return await undo(context, flags);
    const { prepareRestore } = await import("../../app/index.ts");
    const chosen = selector ?? (await choose(context, flags));
    const planned = await prepareRestore(context.app, chosen, {
      ...flag.archiveSelection(flags),
      storage:
        flag.text(flags, "storage") ?? flag.text(flags, "from") ?? flag.text(flags, "fromRemote"),
      target: flag.text(flags, "target"),
      only: flag.list(flags, "only"),
      classes: flag.list(flags, "class"),
      overwriteGatewayToken: flag.isSet(flags, "overwriteGatewayToken"),
      snapshotFirst: flag.isSet(flags, "snapshot"),
      owner: flags.owner as { uid: number; gid: number } | undefined,
    });
    const { output, prompter } = context;
    if (flag.isSet(flags, "dryRun")) {
      output.result({ plan: planned.plan }, () => formatRestorePlan(planned.plan, output));
      return 0;
    }
    if (planned.plan.mode !== "elsewhere" && !flag.isSet(flags, "yes")) {
      output.note(formatRestorePlan(planned.plan, output));
      await prompter.confirm(`Replace ${escapeText(planned.plan.target)} as shown?`, "--yes");
    }
    const report = await planned.apply();
    output.result(report, () => formatReport(report));
    return 0;
  },
};

async function choose(
  { app, output, prompter }: CommandContext,
  flags: FlagValues,
): Promise<string> {
  if (!prompter.isInteractive) return "latest";
  const { listBackups } = await import("../../app/index.ts");
  const { backups, problems } = await listBackups(app, { ...flag.selection(flags), limit: 50 });
  for (const { storage, error } of problems) output.warn(`storage ${storage}: ${error.message}`);
  if (backups.length === 0) return "latest";
  const choices = backups.map((backup) => ({
    value: backup.id,
    name: choiceOf(backup),
  }));
  return await prompter.choose("Which backup?", choices, "restore latest");
}

/** What tells one backup from another at a glance. */
function choiceOf(backup: Backup): string {
  const facts = [
    ...(backup.degraded ? ["DEGRADED"] : []),
    ...(backup.scope.full || backup.kind === "native" ? [] : ["partial"]),
    ...(backup.encrypted ? ["encrypted"] : []),
    ...(backup.verifiedAt === undefined ? [] : ["verified"]),
    ...(backup.kind === "native" ? ["made by openclaw"] : []),
  ];
  const told = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  const size = formatSize(backup.storedBytes).padStart(7);
  const name = escapeText(backup.name ?? backup.id);
  return `${formatTime(backup.createdAt)}  ${size}  ${backup.storage}  ${name}${told}`;
}

async function undo({ app, output, prompter }: CommandContext, flags: FlagValues): Promise<number> {
  const { findUndo, undoLastRestore } = await import("../../app/index.ts");
  const newest = await findUndo(app);
  if (!flag.isSet(flags, "yes")) {
    output.note(
      `puts back ${newest.paths.map(escapeText).join(", ")}, and keeps what is there now`,
    );
    await prompter.confirm("Undo the last restore?", "--yes");
  }
  const report = await undoLastRestore(app);
  output.result(report, () => formatUndo(report));
  return 0;
}

function formatUndo({ restored, preRestore, warnings }: UndoReport): string {
  return [
    ...warnings.map((text) => `warning: ${escapeText(text)}`),
    `${escapeText(restored.stateDir)} is as it was before it was replaced by ${escapeText(restored.replacedBy)}`,
    `what was there is kept in ${preRestore.paths.map(escapeText).join(", ")}; to go back: clawback restore --undo`,
  ].join("\n");
}

function formatReport(report: RestoreReport): string {
  const { files, bytes } = report.restored;
  const lines = [
    ...report.warnings.map((text) => `warning: ${escapeText(text)}`),
    `restored ${count(files, "file")}, ${formatSize(bytes)} into ${escapeText(report.target)} in ${formatDuration(report.durationMs)}`,
  ];
  if (report.preRestore !== null) {
    lines.push(
      `what was there is kept in ${escapeText(report.preRestore)}`,
      "to go back: clawback restore --undo; to remove the kept state: clawback cleanup",
    );
  }
  return lines.join("\n");
}
