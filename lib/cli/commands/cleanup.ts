import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";

export const cleanup: CommandDefinition = {
  usage: "cleanup",
  group: "Setup and care",
  summary: "remove what restores kept and what killed runs left behind",
  description:
    "Shows what it would remove and asks: state kept from before restores (.openclaw.pre-restore-…), archives that were never\n" +
    "completed and are older than three days, and parts of interrupted uploads. Backups are never touched.",
  flags: [
    flag.YES_FLAG,
    { flags: "-n, --dry-run", description: "show what would be removed and stop" },
    { flags: "--cache", description: "the local cache, too; it fills again by itself" },
  ],
  run: async ({ app, output, prompter }, _args, flags) => {
    const { applyCleanup, planCleanup } = await import("../../app/index.ts");
    const plan = await planCleanup(app, { cache: flag.isSet(flags, "cache") });
    const lines = [
      ...plan.preRestore.map(
        (tree) =>
          `${escapeText(tree.path)} (${formatSize(tree.bytes)}), kept from before a restore`,
      ),
      ...plan.uncommitted.map(
        (found) =>
          `unfinished archive ${found.id} in storage ${found.storage} (${formatSize(found.bytes)})`,
      ),
      ...(plan.cache === undefined
        ? []
        : [`${escapeText(plan.cache.path)} (${formatSize(plan.cache.bytes)}), the local cache`]),
    ];
    for (const warning of plan.warnings) output.warn(warning);
    const format = (): string =>
      lines.length === 0 ? "nothing to remove" : [`Would remove:`, ...lines].join("\n");
    if (flag.isSet(flags, "dryRun")) {
      output.result({ plan }, format);
      return 0;
    }
    if (lines.length > 0 && !flag.isSet(flags, "yes")) {
      output.note(format());
      await prompter.confirm(`Remove ${count(lines.length, "item")}?`, "--yes");
    }
    const report = await applyCleanup(app, plan);
    const done = [`removed ${count(report.removed, "item")}, ${formatSize(report.bytes)}`];
    if (report.uploads > 0) done.push(`ended ${count(report.uploads, "interrupted upload")}`);
    for (const warning of report.warnings) {
      if (!plan.warnings.includes(warning)) output.warn(warning);
    }
    output.result(report, () => done.join("\n"));
    return 0;
  },
};
