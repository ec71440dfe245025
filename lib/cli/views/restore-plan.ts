import type { RestorePlan } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import { formatTime, hang, limitLines } from "../format.ts";
import type { Output } from "../output.ts";

type ChangeSet = RestorePlan["added"];

/** A restore's plan for a tired reader: from what, to where, what changes, what is kept, what to mind. */
export function formatRestorePlan(plan: RestorePlan, output: Output): string {
  const row = (label: string, text: string): string => hang(label, text, output.width);
  const made = plan.backup === null ? "" : `, made ${formatTime(plan.backup.createdAt)}`;
  return [
    row("From:", `${escapeText(plan.source)}${made}`),
    row("Into:", `${escapeText(plan.target)} (${MODES[plan.mode]})`),
    ...otherRoots(plan).map(({ to, exists }) =>
      row("and:", `${escapeText(to)}${exists ? "" : " (new)"}`),
    ),
    "",
    ...[...changes(plan), ...databases(plan)].map(([label, text]) => row(label, text)),
    row("Space:", `needs ${formatSize(plan.bytesNeeded)}, ${formatSize(plan.bytesAvailable)} free`),
    ...wayBack(plan).map((text) => row("Way back:", text)),
    ...plan.warnings.map((text) => output.style("yellow", row("Mind:", escapeText(text)))),
  ].join("\n");
}

const MODES: Record<RestorePlan["mode"], string> = {
  "in-place": "the whole state directory is swapped",
  partial: "only the parts the backup holds are replaced",
  elsewhere: "nothing live is touched",
};

function otherRoots({ roots, target, mode }: RestorePlan): RestorePlan["roots"] {
  return mode === "elsewhere" ? [] : roots.filter(({ to }) => to !== target);
}

type Row = readonly [label: string, text: string];

function changes(plan: RestorePlan): Row[] {
  if (!plan.exact) {
    return [
      ["Changes:", "known only once the archive is read: nothing beside it lists what it holds"],
    ];
  }
  const describe = (set: ChangeSet): string => describeSet(set, plan.target);
  if (plan.mode === "elsewhere") return [["Adds:", describe(plan.added)]];
  const { added, changed, removed, kept } = plan;
  if (added.count + changed.count + removed.count === 0) {
    return [["Changes:", "none: what is there now has the same files, sizes and times"]];
  }
  return [
    ["Adds:", describe(added)],
    ["Changes:", describe(changed)],
    ["Removes:", describe(removed)],
    ...(kept.count === 0 ? [] : [["Keeps:", `${describe(kept)} (not part of the backup)`] as Row]),
  ];
}

/** `3 files, 12 kB: openclaw.json, workspace/MEMORY.md, …`. */
function describeSet(set: ChangeSet, target: string): string {
  if (set.count === 0) return "nothing";
  const examples = set.examples.slice(0, 3).map(({ path }) => shorten(path, target));
  const more = set.count > examples.length ? ", …" : "";
  const sum = `${count(set.count, "file")}, ${formatSize(set.bytes)}`;
  return examples.length === 0 ? sum : `${sum}: ${examples.join(", ")}${more}`;
}

/** As seen from the state directory, where it lies in there. */
function shorten(path: string, target: string): string {
  return escapeText(path.startsWith(`${target}/`) ? path.slice(target.length + 1) : path);
}

/** Those that the agent cannot live without first; of many others only how many. */
function databases({ databases: found, target }: RestorePlan): Row[] {
  const rank = (path: string): number =>
    /\/(openclaw|openclaw-agent)\.sqlite$/.test(path) ? 0 : 1;
  const lines = found
    .toSorted((a, b) => rank(a.path) - rank(b.path))
    .map(({ path, sizeBytes, action }) =>
      action === "restore"
        ? `${shorten(path, target)}, ${formatSize(sizeBytes)}`
        : `${shorten(path, target)} is not in the backup; the live one stays`,
    );
  return limitLines(lines, 6, "… and %d more").map((line) => ["Database:", line]);
}

function wayBack({ preRestore }: RestorePlan): string[] {
  if (preRestore.length === 0) return [];
  return [`what is there now is kept in ${preRestore.map(escapeText).join(", ")}`];
}
