import type { RollbackPlan } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import { formatTime, hang, limitLines } from "../format.ts";
import type { Output } from "../output.ts";

const MAX_ENTRIES = 60;
const MAX_LEFT = 10;

type Entry = RollbackPlan["entries"][number];

/** Whether everything is as in the snapshot already. */
export function isNothing({ entries }: RollbackPlan): boolean {
  return entries.length === 0;
}

/** A rollback's plan: from what, which parts, every path with what becomes of it, what stays, what to mind. */
export function formatRollbackPlan(plan: RollbackPlan, output: Output): string {
  const row = (label: string, text: string): string => hang(label, text, output.width);
  const made = plan.backup === null ? "" : `, made ${formatTime(plan.backup.createdAt)}`;
  const left = limitLines(
    plan.left.map(({ path, reason }) => `${shorten(path, plan)}: ${escapeText(reason)}`),
    MAX_LEFT,
    "… and %d more; --json lists all",
  );
  return [
    row("Back to:", `${escapeText(plan.source)}${made}`),
    row("In:", `${escapeText(plan.target)} (${chosen(plan)})`),
    "",
    ...(isNothing(plan) ? ["nothing differs from the snapshot"] : changes(plan, output)),
    ...left.map((text) => row("Stays:", text)),
    ...plan.warnings.map((text) => output.style("yellow", row("Mind:", escapeText(text)))),
  ].join("\n");
}

function chosen({ choice }: RollbackPlan): string {
  const paths = (choice.only ?? []).map(escapeText);
  const classes = choice.classes === undefined ? [] : [choice.classes.join(", ")];
  return [...paths, ...classes].join(", ");
}

function changes(plan: RollbackPlan, output: Output): string[] {
  const lines = plan.entries.map((entry) => formatEntry(entry, plan, output));
  const { added, changed, removed } = plan;
  const sum = `${added.count} to bring back, ${changed.count} to change, ${removed.count} to remove`;
  const directories = plan.entries.filter(({ type }) => type === "dir").length;
  const more = directories === 0 ? "" : `, ${count(directories, "directory", "directories")}`;
  const kept = `a snapshot of now is taken first, and clawback rollback --undo goes back to it`;
  return [
    ...limitLines(lines, MAX_ENTRIES, "… and %d more; --json lists all"),
    "",
    `${sum}${more}`,
    hang("Way back:", kept, output.width),
  ];
}

const SIGNS = { added: "+", changed: "M", removed: "-" } as const;
const COLORS = { added: "green", changed: "yellow", removed: "red" } as const;

function formatEntry(
  { change, path, type, sizeBytes, what = [] }: Entry,
  plan: RollbackPlan,
  output: Output,
): string {
  const size = type === "file" ? formatSize(sizeBytes) : type;
  const told = what.length === 0 || what.includes("content") ? "" : `  (${what.join(", ")})`;
  const line = `${SIGNS[change]} ${size.padStart(9)}  ${shorten(path, plan)}${told}`;
  return output.style(COLORS[change], line);
}

/** As seen from the state directory, where it lies in there. */
function shorten(path: string, { target }: RollbackPlan): string {
  return escapeText(path.startsWith(`${target}/`) ? path.slice(target.length + 1) : path);
}
