import type { CapturePlan } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import { formatTally, limitLines } from "../format.ts";
import type { Output } from "../output.ts";
import { formatTable } from "../table.ts";
import { formatNotes, formatOmissions } from "./omissions.ts";

/** A dry run for a reader: what goes in per class, what each rule saves, and the sum at the end. */
export function formatPlan(plan: CapturePlan, output: Output): string {
  const excluded = plan.rules.reduce((sum, rule) => sum + rule.excluded.bytes, 0);
  const total = plan.included.bytes + excluded;
  const share = total === 0 ? 0 : Math.round((excluded / total) * 100);
  return [
    ...plan.roots.map((root) => `from ${escapeText(root.path)} (${root.kind})`),
    "",
    formatClasses(plan),
    "",
    ...formatRules(plan),
    `Databases: ${databases(plan)}`,
    ...formatNotes(plan.notes, plan.notes.length),
    ...formatOmissions(plan.problems),
    "",
    output.style(
      "bold",
      `Would capture ${formatTally(plan.included)}; rules leave out ${formatSize(excluded)} (${share} %).`,
    ),
  ].join("\n");
}

function formatClasses(plan: CapturePlan): string {
  const rows = plan.classes
    .filter(({ included, excluded }) => included.files + excluded.files > 0)
    .map(({ class: name, included, excluded }) => [
      name,
      included.files.toLocaleString("en-US"),
      formatSize(included.bytes),
      excluded.files === 0 ? "" : `not asked for: ${formatTally(excluded)}`,
    ]);
  return formatTable(
    [
      { title: "CLASS" },
      { title: "FILES", align: "right" },
      { title: "SIZE", align: "right" },
      { title: "" },
    ],
    rows,
  );
}

function formatRules(plan: CapturePlan): string[] {
  if (plan.rules.length === 0) return ["No rule leaves anything out.", ""];
  const rows = plan.rules.map(({ rule, source, excluded, examples }) => [
    escapeText(rule),
    source,
    excluded.files.toLocaleString("en-US"),
    formatSize(excluded.bytes),
    escapeText(examples[0] ?? ""),
  ]);
  const columns = [
    { title: "LEFT OUT BY" },
    { title: "FROM" },
    { title: "FILES", align: "right" as const },
    { title: "SAVES", align: "right" as const },
    { title: "FOR EXAMPLE" },
  ];
  return [formatTable(columns, rows), ""];
}

function databases(plan: CapturePlan): string {
  if (plan.databases.length === 0) return "none";
  const names = plan.databases.map(
    ({ path, sizeBytes }) => `${escapeText(path)} (${formatSize(sizeBytes)})`,
  );
  return `${count(names.length, "database")}: ${limitLines(names, 5, "%d more").join(", ")}`;
}
