import type { TestReport } from "../../app/index.ts";
import { escapeText } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import type { Output } from "../output.ts";
import { formatTable } from "../table.ts";

export const test: CommandDefinition = {
  usage: "test",
  group: "Storage",
  summary: "try a storage and a whole small backup and restore",
  description:
    "Writes, reads, lists and removes objects below probe/ only, and says what to do about each failure.",
  flags: [flag.STORAGE_FLAG],
  examples: [["test --storage s3", "before relying on it"]],
  run: async ({ app, output }, _args, flags) => {
    const { testStorage } = await import("../../app/index.ts");
    const report = await testStorage(app, flag.text(flags, "storage"));
    output.result(report, () => format(report, output));
    return report.ok ? 0 : 1;
  },
};

function format(report: TestReport, output: Output): string {
  const mark = {
    ok: output.style("green", "ok"),
    failed: output.style("red", "FAILED"),
    unsupported: "none",
    skipped: "skipped",
  };
  const rows = report.steps.map((step) => [
    step.name,
    mark[step.outcome],
    step.outcome === "skipped" ? "" : `${step.durationMs.toFixed(0)} ms`,
    escapeText(step.detail ?? ""),
  ]);
  const columns = [
    { title: "STEP" },
    { title: "" },
    { title: "TOOK", align: "right" as const },
    { title: "" },
  ];
  const hints = report.steps.filter((step) => step.hint !== undefined && step.outcome === "failed");
  const { features } = report;
  const has = (value: boolean | undefined): string =>
    value === undefined ? "unknown" : value ? "yes" : "no";
  return [
    `Storage ${report.storage}: ${escapeText(report.location)}`,
    formatTable(columns, rows),
    ...(features === undefined
      ? []
      : [
          `Conditional writes: ${has(features.conditionalCreate)}. Versioning: ${has(features.versioning)}. Object lock: ${has(features.objectLock)}.`,
          `Encryption by the service: ${features.serverSideEncryption}.`,
        ]),
    ...hints.map((step) => `To do (${step.name}): ${step.hint}`),
    report.ok ? "This storage works." : "This storage does NOT work yet.",
  ].join("\n");
}
