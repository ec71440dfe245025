import type { SchedulePlan } from "../../app/index.ts";
import { escapeText } from "../../base/index.ts";

/** Exactly what will be written, taken away and started. */
export function formatSchedulePlan(plan: SchedulePlan): string {
  const { kind, files, crontab, before, commands, notes } = plan;
  if (plan.isDone) return `nothing to change: ${kind} has it already`;
  const written = files.flatMap(({ path, action, text }) => {
    const name = escapeText(path);
    if (action === "remove") return [`remove ${name}`];
    if (action === "keep") return [`${name} stays as it is`];
    const word = action === "create" ? "write" : "replace";
    return [`${word} ${name}:`, ...indent(text ?? "")];
  });
  const lines =
    crontab === undefined
      ? []
      : crontab.lines === ""
        ? ["take these lines out of the crontab:", ...indent(removedLines(crontab))]
        : ["put these lines into the crontab:", ...indent(crontab.lines)];
  const run = (argvs: readonly (readonly string[])[]): string[] =>
    argvs.map((argv) => `run: ${argv.map(escapeText).join(" ")}`);
  return [
    ...run(before),
    ...written,
    ...lines,
    ...run(commands),
    ...notes.map((note) => `Mind: ${note}`),
  ].join("\n");
}

function indent(text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${escapeLine(line)}`);
}

/** Backslashes are shown as they will be written. */
function escapeLine(line: string): string {
  return escapeText(line).replaceAll("\\\\", "\\");
}

function removedLines({ before, after }: NonNullable<SchedulePlan["crontab"]>): string {
  const kept = new Set(after.split("\n"));
  return before
    .split("\n")
    .filter((line) => !kept.has(line))
    .join("\n");
}
