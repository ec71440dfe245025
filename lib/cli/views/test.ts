import type { TestReport } from "../../app/index.ts";
import { escapeText } from "../../base/index.ts";
import { breakLines } from "../format.ts";
import type { Output } from "../output.ts";
import { formatTable } from "../table.ts";

type Outcome = TestReport["checks"][number]["outcome"];

/** The six checks; below a failed one what was tried of the storage; the verdict at the end. */
export function formatTest(report: TestReport, output: Output): string {
  const { storage, location, checks, steps, features, ok } = report;
  const lines = checks.flatMap((check, i) => checkLines(check, i + 1, output));
  const isStorageBad = checks.some(({ check, outcome }) => check === "storage" && outcome !== "ok");
  const showsSteps = steps.length > 0 && (isStorageBad || output.options.verbose);
  const has = (value: boolean | undefined): string =>
    value === undefined ? "unknown" : value ? "yes" : "no";
  return [
    `Storage ${storage}: ${escapeText(location)}`,
    ...lines,
    ...(showsSteps ? ["", stepTable(steps, output)] : []),
    ...(features === undefined
      ? []
      : [
          `Conditional writes: ${has(features.conditionalCreate)}. Versioning: ${has(features.versioning)}. Object lock: ${has(features.objectLock)}.`,
          `Encryption by the service: ${features.serverSideEncryption}.`,
        ]),
    ok ? "Backups to this storage work." : "Backups to this storage do NOT work yet.",
  ].join("\n");
}

const MARGIN = 11;

function checkLines(check: TestReport["checks"][number], n: number, output: Output): string[] {
  const { title, outcome, durationMs, detail, fix } = check;
  const took = outcome === "skipped" ? "" : ` (${durationMs.toFixed(0)} ms)`;
  const width = output.width - MARGIN;
  const more = (text: string): string[] =>
    breakLines(escapeText(text), width).map((line) => `${" ".repeat(MARGIN)}${line}`);
  return [
    `${n} ${mark(outcome, output)}  ${title}${took}`,
    ...(detail === undefined ? [] : more(detail)),
    ...(fix === undefined ? [] : more(`To do: ${fix}`)),
  ];
}

function mark(outcome: Outcome, output: Output): string {
  if (outcome === "ok") return output.style("green", "ok     ");
  if (outcome === "failed") return output.style("red", "FAILED ");
  return outcome === "skipped" ? "skipped" : "none   ";
}

function stepTable(steps: TestReport["steps"], output: Output): string {
  const rows = steps.map(({ name, outcome, durationMs, detail }) => [
    name,
    mark(outcome, output).trimEnd(),
    outcome === "skipped" ? "" : `${durationMs.toFixed(0)} ms`,
    escapeText(detail ?? ""),
  ]);
  const columns = [
    { title: "CALL" },
    { title: "" },
    { title: "TOOK", align: "right" as const },
    { title: "" },
  ];
  return formatTable(columns, rows);
}
