import type { DemoReport } from "../../app/index.ts";
import { escapeText, formatDuration } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import { formatTable } from "../table.ts";

export const demo: CommandDefinition = {
  usage: "demo",
  group: "Setup and care",
  summary: "show create, list, verify and restore on this machine, in scratch space",
  description:
    "Backs up the installation it finds, reading only, or else a sample it makes, into a scratch home; then lists, verifies and\n" +
    "restores it into scratch space, compares the two, and removes everything again.",
  withoutHome: true,
  run: async ({ app, output }) => {
    const { runDemo } = await import("../../app/index.ts");
    const report = await runDemo(app);
    output.result(report, () => format(report));
    return report.ok ? 0 : 1;
  },
};

function format(report: DemoReport): string {
  const rows = report.steps.map((step) => [
    step.command,
    formatDuration(step.durationMs),
    escapeText(step.outcome),
  ]);
  return [
    `${report.isSample ? "No OpenClaw installation was found: a sample was made" : "Read only"}: ${escapeText(report.stateDir)}`,
    formatTable([{ title: "STEP" }, { title: "TOOK", align: "right" }, { title: "OUTCOME" }], rows),
    report.ok
      ? "The restored tree is the same as the one backed up."
      : "The restored tree DIFFERS; see above.",
    "Scratch space was removed. For real use: clawback init, then clawback create",
  ].join("\n");
}
