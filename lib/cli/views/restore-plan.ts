import type { RestorePlan } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import { formatTime } from "../format.ts";
import type { Output } from "../output.ts";

type ChangeSet = RestorePlan["added"];

/** A restore's plan for a tired reader: from what, to where, what changes, what is kept, what to mind. */
export function formatRestorePlan(plan: RestorePlan, output: Output): string {
  const made = plan.backup === null ? "" : `, made ${formatTime(plan.backup.createdAt)}`;
  return [
    `From:     ${escapeText(plan.source)}${made}`,
    `Into:     ${escapeText(plan.target)} (${MODES[plan.mode]})`,
    ...plan.roots
      .slice(1)
      .map((root) => `and:      ${escapeText(root.to)}${root.exists ? "" : " (new)"}`),
    "",
    ...formatChanges(plan),
    ...formatDatabases(plan),
    `Space:    needs ${formatSize(plan.bytesNeeded)}, ${formatSize(plan.bytesAvailable)} free`,
    ...plan.preRestore.map((path) => `Way back: what is there now is kept in ${escapeText(path)}`),
    ...plan.warnings.map((text) => output.style("yellow", `Mind:     ${escapeText(text)}`)),
  ].join("\n");
}

const MODES: Record<RestorePlan["mode"], string> = {
  "in-place": "the whole state directory is swapped",
  partial: "only the parts the backup holds are replaced",
  elsewhere: "nothing live is touched",
};

function formatChanges(plan: RestorePlan): string[] {
  if (plan.mode === "elsewhere") return [line("Adds", plan.added)];
  const note = plan.exact
    ? []
    : ["          (the archive has no file list: changes are known once it was read)"];
  return [
    line("Adds", plan.added),
    line("Changes", plan.changed),
    line("Removes", plan.removed),
    ...(plan.kept.count > 0
      ? [`${line("Keeps", plan.kept)}, which the backup does not cover`]
      : []),
    ...note,
  ];
}

function line(title: string, set: ChangeSet): string {
  const examples = set.examples.slice(0, 3).map((change) => escapeText(change.path));
  const such =
    examples.length === 0
      ? ""
      : `: ${examples.join(", ")}${set.count > examples.length ? ", …" : ""}`;
  return `${`${title}:`.padEnd(10)}${count(set.count, "file")}, ${formatSize(set.bytes)}${such}`;
}

function formatDatabases(plan: RestorePlan): string[] {
  return plan.databases.map(({ path, sizeBytes, action }) =>
    action === "restore"
      ? `Database: ${escapeText(path)}, ${formatSize(sizeBytes)}`
      : `Database: ${escapeText(path)} is not in the backup; the live one stays`,
  );
}
