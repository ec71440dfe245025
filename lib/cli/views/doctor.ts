import type { DoctorFinding, DoctorReport } from "../../app/index.ts";
import { count, escapeText } from "../../base/index.ts";
import { breakLines } from "../format.ts";
import type { Output } from "../output.ts";

/** Findings as a table, worst last, each with what to do below it; then the verdict. */
export function formatDoctor(report: DoctorReport, output: Output): string {
  const { instance, home, findings } = report;
  const rank = ["ok", "note", "warning", "problem"] as const;
  const sorted = findings.toSorted((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity));
  const labels = Math.max(5, ...findings.map(({ code }) => code.length));
  const lines = sorted.flatMap((finding) => row(finding, labels, output));
  return [
    `Instance ${instance}, home ${escapeText(home)}`,
    `${"CHECK".padEnd(labels)}  RESULT   FOUND`,
    ...lines,
    verdict(findings),
  ].join("\n");
}

function row(finding: DoctorFinding, labels: number, output: Output): string[] {
  const { code, severity, message, fix } = finding;
  const mark = {
    ok: output.style("green", "ok     "),
    note: "note   ",
    warning: output.style("yellow", "warning"),
    problem: output.style("red", "PROBLEM"),
  }[severity];
  const margin = labels + 2 + 7 + 2;
  const indent = " ".repeat(margin);
  const width = output.width - margin;
  const [first = "", ...rest] = breakLines(escapeText(message), width);
  // A command that a person copies stays in one piece.
  const todo = fix === undefined ? [] : breakLines(`fix: ${escapeText(fix)}`, width);
  return [
    `${code.padEnd(labels)}  ${mark}  ${first}`,
    ...[...rest, ...todo].map((line) => `${indent}${line}`),
  ];
}

function verdict(findings: readonly DoctorFinding[]): string {
  const of = (severity: DoctorFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [problems, warnings] = [of("problem"), of("warning")];
  if (problems === 0 && warnings === 0) return "All is well.";
  const rest = warnings === 0 ? "" : ` and ${count(warnings, "warning")}`;
  if (problems === 0) return `Nothing is broken; ${count(warnings, "warning")}.`;
  return `${count(problems, "problem")}${rest}: backups are NOT safe here yet.`;
}
