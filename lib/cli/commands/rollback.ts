import type { PlannedRollback, RollbackReport } from "../../app/index.ts";
import { BackupError, count, escapeText, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { limitLines } from "../format.ts";
import { formatRollbackPlan, isNothing } from "../views/index.ts";

const MAX_REFUSED = 20;

export const rollback: CommandDefinition = {
  usage: "rollback [snapshot] [path...]",
  group: "Everyday",
  summary: "go back to a snapshot, file by file, while the agent runs",
  description:
    "Compares the snapshot with what is there now and changes only what differs: brings back what was changed or is missing, and puts\n" +
    "aside what the snapshot did not have. By default of workspace, skills and config; with paths, of these only. Shows what will change\n" +
    "and asks for yes. A snapshot of now is taken first: rollback --undo goes back to that.\n\n" +
    "Databases stay as they are unless --with-databases is given, for which the Gateway must be stopped.",
  arguments: [
    "an id, the start of one, a name, latest, latest~1, or a time: the newest snapshot by then",
    "only these; absolute, or relative to the state directory",
  ],
  flags: [
    { flags: "-n, --preview", description: "show what would change and stop" },
    { flags: "--dry-run", description: "the same as --preview", hidden: true },
    {
      flags: "--class <class>",
      description: "only this class (workspace, skills, config, sessions, …); repeatable",
      repeatable: true,
    },
    { flags: "--with-databases", description: "databases as well; needs a stopped Gateway" },
    { flags: "--undo", description: "go back to how it was before the last rollback" },
    flag.YES_FLAG,
    ...flag.SELECT_FLAGS,
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["rollback '10 minutes ago' --preview", "see what changed since then"],
    ["rollback '10 minutes ago'", "go back to it"],
    ["rollback latest workspace/MEMORY.md", "one file as it was in the newest snapshot"],
    ["rollback --undo", "go back to before the last rollback"],
  ],
  exitCodes: {
    3: "done, but something had changed meanwhile or could not be saved, and stays as it was",
    11: "another restore is under way, or the repository is locked",
    12: "wrong password",
  },
  run: async (context, [selector, ...paths], flags) => {
    const planned = flag.isSet(flags, "undo")
      ? await planUndo(context, [selector, ...paths], flags)
      : await plan(context, selector, paths, flags);
    const { output, prompter } = context;
    if (flag.isSet(flags, "preview") || flag.isSet(flags, "dryRun")) {
      output.result({ plan: planned.plan }, () => formatRollbackPlan(planned.plan, output));
      return 0;
    }
    const isAsking = !flag.isSet(flags, "yes") && !isNothing(planned.plan);
    if (isAsking) {
      output.note(formatRollbackPlan(planned.plan, output));
      await prompter.confirm("Change these as shown?", "--yes");
    }
    const report = await planned.apply();
    output.result(report, () =>
      isNothing(report.plan) ? formatRollbackPlan(report.plan, output) : formatReport(report),
    );
    return report.refused.length > 0 ? 3 : 0;
  },
};

async function plan(
  { app }: CommandContext,
  selector: string | undefined,
  paths: readonly string[],
  flags: FlagValues,
): Promise<PlannedRollback> {
  if (selector === undefined) {
    throw new BackupError("invalid-argument", "no snapshot is named to go back to", {
      hint: "give an id, a name, latest or a time such as '10 minutes ago'; see: clawback list --type snapshot",
    });
  }
  const { prepareRollback } = await import("../../app/index.ts");
  return await prepareRollback(app, selector, {
    ...flag.selection(flags),
    paths: paths.length === 0 ? undefined : paths,
    classes: flag.list(flags, "class"),
    withDatabases: flag.isSet(flags, "withDatabases"),
  });
}

async function planUndo(
  { app }: CommandContext,
  given: readonly (string | undefined)[],
  flags: FlagValues,
): Promise<PlannedRollback> {
  const others = ["class", "withDatabases", "storage", "instance"].filter((name) => name in flags);
  if (given.some((text) => text !== undefined) || others.length > 0) {
    const message = "--undo takes the snapshot and the paths of the last rollback, and no others";
    throw new BackupError("invalid-argument", message, {
      hint: "leave them out, or name a snapshot without --undo",
    });
  }
  const { prepareRollbackUndo } = await import("../../app/index.ts");
  return await prepareRollbackUndo(app);
}

function formatReport(report: RollbackReport): string {
  const { restored, removed, adjusted, refused, before, plan: done } = report;
  const isOther = restored.files === 0 && removed + adjusted > 0;
  const facts = [
    ...(isOther
      ? []
      : [`${count(restored.files, "file")} brought back, ${formatSize(restored.bytes)}`]),
    ...(removed === 0 ? [] : [`${count(removed, "file")} put aside`]),
    ...(adjusted === 0 ? [] : [`mode or time of ${count(adjusted, "path")} set`]),
  ];
  const stays = limitLines(
    refused.map(({ path, reason }) => `stays as it is: ${escapeText(path)}: ${escapeText(reason)}`),
    MAX_REFUSED,
    "… and %d more; --json lists all",
  );
  const lines = [
    ...report.warnings.map((text) => `warning: ${escapeText(text)}`),
    ...stays,
    `${facts.join(", ")}, in ${formatDuration(report.durationMs)}`,
  ];
  if (done.preRestore.length > 0) {
    lines.push(`what was there is kept in ${done.preRestore.map(escapeText).join(", ")}`);
  }
  if (before !== undefined) {
    lines.push(`to go back to snapshot ${before.id.slice(0, 8)}: clawback rollback --undo`);
  }
  return lines.join("\n");
}
