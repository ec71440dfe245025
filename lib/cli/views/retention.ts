import type { Backup, RetentionReview } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import { formatTime, limitLines, shownId } from "../format.ts";
import { formatTable } from "../table.ts";

const MAX_LINES = 50;

/** The policies, then every backup with its decision and the reasons, then what it comes to. */
export function formatReview(review: RetentionReview): string {
  const { keep, remove } = review;
  const decisions = [
    ...keep.map((decision) => ({ word: "keep", ...decision })),
    ...remove.map((decision) => ({ word: "REMOVE", ...decision })),
  ].toSorted((a, b) => compareNewestFirst(a.backup, b.backup));
  const rows = decisions.map(({ word, backup, reasons }) => [
    word,
    ...facts(backup),
    // What no rule keeps needs no list of the rules, which stand above.
    word === "keep" ? reasons.map(escapeText).join(", ") : "no rule keeps it",
  ]);
  const columns = ["", "ID", "TIME", "KIND", "STORED", "STORAGE", "WHY"].map((title) => ({
    title,
    align: title === "STORED" ? ("right" as const) : ("left" as const),
  }));
  return [
    ...policyLines(review),
    "",
    ...(rows.length === 0 ? ["no backups"] : [formatTable(columns, rows), "", tally(review)]),
    ...unfinishedLines(review),
  ].join("\n");
}

/** What would be removed, and what it comes to. */
export function formatRemovals(review: RetentionReview): string {
  const lines = review.remove.map(
    ({ backup }) => `remove ${facts(backup).join("  ")}${name(backup)}`,
  );
  return [
    ...policyLines(review),
    ...limitLines(lines, MAX_LINES, "… and %d more; clawback retention show lists all"),
    tally(review),
    ...unfinishedLines(review),
  ].join("\n");
}

function policyLines({ policies, timeZone }: RetentionReview): string[] {
  const isOne = new Set(policies.map(({ instance }) => instance)).size === 1;
  return policies.map(({ instance, kind, text }) => {
    const what = kind === "archive" ? "Archives" : "Snapshots";
    return `${what}${isOne ? "" : ` of ${escapeText(instance)}`}: keep ${text} (days of ${timeZone})`;
  });
}

function tally({ keep, remove }: RetentionReview): string {
  const size = (decisions: RetentionReview["keep"]): string =>
    formatSize(decisions.reduce((sum, { backup }) => sum + backup.storedBytes, 0));
  const kept = `${count(keep.length, "backup")} (${size(keep)} stored) kept`;
  if (remove.length === 0) return `${kept}, nothing to remove`;
  return `${kept}, ${count(remove.length, "backup")} (${size(remove)} stored) to remove`;
}

function unfinishedLines({ unfinished }: RetentionReview): string[] {
  return unfinished.map(
    ({ id, storage, bytes }) =>
      `sweep unfinished archive ${escapeText(id)} in storage ${escapeText(storage)} (${formatSize(bytes)})`,
  );
}

function facts(backup: Backup): string[] {
  const { kind, createdAt, storedBytes, storage } = backup;
  return [shownId(backup), formatTime(createdAt), kind, formatSize(storedBytes), storage];
}

function name({ name: given }: Backup): string {
  return given === null ? "" : `  ${escapeText(given)}`;
}

function compareNewestFirst(a: Backup, b: Backup): number {
  return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
}
