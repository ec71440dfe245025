import type { HistoryReport } from "../../app/index.ts";
import { escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime } from "../format.ts";
import { formatTable } from "../table.ts";

export const history: CommandDefinition = {
  usage: "history <path>",
  group: "Backups",
  summary: "list every version of a file that snapshots have",
  arguments: ["absolute, or relative to the state directory"],
  flags: [
    { flags: "--session <id>", description: "only of snapshots of this session of the agent" },
    ...flag.SELECT_FLAGS,
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["history workspace/MEMORY.md", "when it changed, and in which snapshot each version is"],
  ],
  run: async ({ app, output }, [path = ""], flags) => {
    const { readHistory } = await import("../../app/index.ts");
    const report = await readHistory(app, path, {
      ...flag.selection(flags),
      session: flag.text(flags, "session"),
    });
    output.result(report, () => format(report));
    return 0;
  },
};

function format({ path, versions }: HistoryReport): string {
  if (versions.length === 0) return `no snapshot has ${escapeText(path)}`;
  const columns = [
    { title: "FIRST SEEN" },
    { title: "LAST SEEN" },
    { title: "SIZE", align: "right" as const },
    { title: "CHANGED" },
    { title: "SNAPSHOT" },
    { title: "STORAGE" },
  ];
  const rows = versions.map((version) => [
    formatTime(version.since),
    formatTime(version.until),
    sizeOf(version),
    version.mtime === null ? "" : formatTime(version.mtime),
    version.lastSnapshot.slice(0, 8),
    version.storage,
  ]);
  return formatTable(columns, rows);
}

function sizeOf({ type, sizeBytes }: HistoryReport["versions"][number]): string {
  if (type === "absent") return "not there";
  return type === "file" ? formatSize(sizeBytes) : type;
}
