import type { DatabaseDifference, DiffEntry, DiffReport } from "../../app/index.ts";
import { count, type DiffLine, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { limitLines } from "../format.ts";
import type { Output } from "../output.ts";

const MAX_LINES = 500;
/** Lines that are the same, before and after those that differ. */
const CONTEXT_LINES = 3;

export const diff: CommandDefinition = {
  usage: "diff <a> <b> [path]",
  group: "Backups",
  summary: "say what changed from one snapshot to another",
  description:
    "Lists what was added (+), removed (-) and changed (M). Of one text file, shows the lines that differ; of one database, its tables\n" +
    "and how many rows each has.",
  arguments: [
    "the earlier snapshot: the start of its id, a name, latest~1 or a time",
    "the later one",
    "only this; absolute, or relative to the state directory",
  ],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  examples: [
    ["diff latest~1 latest", "since the snapshot before"],
    ["diff '2 hours ago' latest workspace/MEMORY.md", "the lines that were changed"],
    ["diff yesterday latest state/openclaw.sqlite", "rows of each table"],
  ],
  run: async ({ app, output }, [a = "", b = "", path], flags) => {
    const { diffSnapshots } = await import("../../app/index.ts");
    const report = await diffSnapshots(app, { a, b, path }, flag.selection(flags));
    output.result(report, () => format(report, output));
    return 0;
  },
};

function format(report: DiffReport, output: Output): string {
  const { lines, database, counts, entries } = report;
  if (lines !== undefined) return formatLines(lines, output);
  if (database !== undefined) return formatTables(database, output);
  const shown = limitLines(
    entries.map((entry) => formatEntry(entry, output)),
    MAX_LINES,
    "… and %d more; --json lists all",
  );
  const { added, removed, changed } = counts;
  return [...shown, `${added} added, ${removed} removed, ${changed} changed`].join("\n");
}

const SIGNS = { added: "+", removed: "-", changed: "M" } as const;
const COLORS = { added: "green", removed: "red", changed: "yellow" } as const;

function formatEntry({ change, path, type, sizeBytes, what }: DiffEntry, output: Output): string {
  const size = type === "file" ? formatSize(sizeBytes) : type;
  const told = what === undefined || what.includes("content") ? "" : `  (${what.join(", ")})`;
  const line = `${SIGNS[change]} ${size.padStart(9)}  ${escapeText(path)}${told}`;
  return output.style(COLORS[change], line);
}

function formatLines(lines: readonly DiffLine[], output: Output): string {
  const isNear = lines.map(() => false);
  for (const [i, { kind }] of lines.entries()) {
    if (kind !== "same") isNear.fill(true, Math.max(0, i - CONTEXT_LINES), i + CONTEXT_LINES + 1);
  }
  if (!isNear.includes(true)) return "the text is the same";
  const shown: string[] = [];
  for (const [i, { kind, text }] of lines.entries()) {
    if (isNear[i]) shown.push(formatLine(kind, text, output));
    else if (i === 0 || isNear[i - 1]) shown.push(output.style("dim", "…"));
  }
  return shown.join("\n");
}

function formatLine(kind: DiffLine["kind"], text: string, output: Output): string {
  if (kind === "same") return `  ${escapeText(text)}`;
  return output.style(COLORS[kind], `${SIGNS[kind]} ${escapeText(text)}`);
}

function formatTables({ tables }: DatabaseDifference, output: Output): string {
  const changed = tables.filter(
    ({ rowsBefore, rowsAfter, isRedefined }) => rowsBefore !== rowsAfter || isRedefined,
  );
  const lines = changed.map(({ name, rowsBefore, rowsAfter, isRedefined }) => {
    const rows = `${rowsBefore ?? "none"} → ${rowsAfter ?? "none"}`;
    return `${escapeText(name)}: ${rows} rows${isRedefined ? ", defined anew" : ""}`;
  });
  const same = tables.length - changed.length;
  const rest = `${count(same, "table")} with as many rows as before`;
  return [...lines, output.style("dim", rest)].join("\n");
}
