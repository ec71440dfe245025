import type { StatusReport } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import { formatAge } from "../format.ts";

export const status: CommandDefinition = {
  usage: "status",
  group: "Everyday",
  summary: "show how old the newest and the newest verified backup are, and what needs care",
  run: async ({ app, output }) => {
    const { readStatus } = await import("../../app/index.ts");
    const report = await readStatus(app);
    output.result(report, () => format(report, app.clock.now()));
    return 0;
  },
};

function format(report: StatusReport, now: Date): string {
  const lines = [`Instance ${report.instance}, home ${escapeText(report.home)}`];
  for (const place of report.storages) {
    if (place.problem !== undefined) {
      lines.push(`Storage ${place.id}: NOT reachable: ${escapeText(place.problem)}`);
      continue;
    }
    const newest =
      place.newest === undefined ? "none yet" : `newest ${formatAge(place.newest.createdAt, now)}`;
    lines.push(
      `Storage ${place.id} (${escapeText(place.location)}): ${count(place.backups, "backup")}, ${formatSize(place.storedBytes)}, ${newest}`,
    );
  }
  if (report.newestVerified !== undefined) {
    const { id, createdAt } = report.newestVerified;
    lines.push(`Newest verified backup: ${id}, made ${formatAge(createdAt, now)}`);
  } else if (report.newest !== undefined) {
    lines.push("No backup was ever verified: clawback verify latest");
  }
  for (const tree of report.preRestore) {
    lines.push(
      `Kept from before a restore: ${escapeText(tree.path)} (${formatSize(tree.bytes)}); remove with clawback cleanup`,
    );
  }
  return [...lines, ...report.warnings.map((text) => `Mind: ${text}`)].join("\n");
}
