import type { DeletedBackup, UndeletePlan } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime, limitLines } from "../format.ts";
import { formatTable } from "../table.ts";

const SHOWN_OBJECTS = 20;

export const undelete: CommandDefinition = {
  usage: "undelete [backup]",
  group: "Backups",
  summary: "bring back what was deleted or replaced in a bucket with versions",
  description:
    "Writes the old versions forward as new ones, which needs no right to delete. Without a backup and without --at it lists what could be brought back.",
  arguments: ["the id of an archive or a snapshot"],
  flags: [
    {
      flags: "--at <time>",
      description: "as it was then; without a backup, everything of the instance",
    },
    flag.STORAGE_FLAG,
    flag.INSTANCE_FLAG,
    { flags: "--dry-run", description: "show what would be brought back, and stop" },
    flag.YES_FLAG,
  ],
  examples: [
    ["undelete", "lists backups that are gone and could come back"],
    ["undelete 20261121T030000Z-k3f9xq", "brings one back"],
    ["undelete --at 'yesterday 03:00'", "everything as it was then; what was added since stays"],
  ],
  run,
};

async function run(
  context: CommandContext,
  [id]: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const { app, output, prompter } = context;
  const { applyUndeletion, planUndeletion } = await import("../../app/index.ts");
  const at = flag.time(flags, "at", app.clock.now(), "end");
  const where = { ...flag.selection(flags) };
  if (id === undefined && at === undefined) return await listGone(context, where);
  const plan = await planUndeletion(app, { ...where, id, at });
  if (flag.isSet(flags, "dryRun")) {
    output.result({ plan }, () => formatPlan(plan));
    return 0;
  }
  if (plan.items.length > 0 && !flag.isSet(flags, "yes")) {
    output.note(formatPlan(plan));
    await prompter.confirm("Bring this back?", "--yes");
  }
  const report = await applyUndeletion(app, plan, where);
  output.result(report, () =>
    report.objects === 0
      ? "nothing is missing: everything is as it was"
      : `brought back ${count(report.objects, "object")}, ${formatSize(report.bytes)}; see: clawback list`,
  );
  return 0;
}

async function listGone(
  { app, output }: CommandContext,
  where: ReturnType<typeof flag.selection>,
): Promise<number> {
  const { listDeletedBackups } = await import("../../app/index.ts");
  const deleted = await listDeletedBackups(app, where);
  output.result({ deleted }, () => formatDeleted(deleted));
  return 0;
}

function formatDeleted(deleted: readonly DeletedBackup[]): string {
  if (deleted.length === 0) return "no deleted backup could be brought back";
  const rows = deleted.map(({ id, kind, deletedAt }) => [id, kind, formatTime(deletedAt)]);
  const columns = [{ title: "ID" }, { title: "KIND" }, { title: "DELETED" }];
  return `${formatTable(columns, rows)}\nbring one back with: clawback undelete ID`;
}

function formatPlan({ items, bytes, location }: UndeletePlan): string {
  if (items.length === 0) return "nothing is missing: everything is as it was";
  const lines = items.map(
    ({ key, state, sizeBytes }) =>
      `  ${state.padEnd(8)}  ${escapeText(key)}, ${formatSize(sizeBytes)}`,
  );
  return [
    `In ${escapeText(location)}, ${count(items.length, "object")}, ${formatSize(bytes)}:`,
    ...limitLines(lines, SHOWN_OBJECTS, "  … and %d more"),
  ].join("\n");
}
