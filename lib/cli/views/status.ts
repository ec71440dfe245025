import type { StatusReport } from "../../app/index.ts";
import { count, escapeText, formatDuration, formatSize } from "../../base/index.ts";
import { formatAge, shownId } from "../format.ts";
import { formatStorageCosts } from "./cost.ts";

/** Where backups lie, how old they are, what jobs did, and what needs care; what is unhealthy comes last, where it is seen. */
export function formatStatus(report: StatusReport, now: Date): string {
  const { instance, home, preRestore, problems, warnings } = report;
  return [
    `Instance ${instance}, home ${escapeText(home)}`,
    ...storageLines(report, now),
    ...backupLines(report, now),
    ...formatStorageCosts(report.costs),
    ...jobLines(report, now),
    ...preRestore.map(
      ({ path, bytes }) =>
        `Kept from before a restore: ${escapeText(path)} (${formatSize(bytes)}); remove with clawback cleanup`,
    ),
    ...warnings.map((text) => `Mind: ${text}`),
    // Said above with what to do.
    ...problems
      .filter((text) => !text.startsWith("storage ") && !text.startsWith("nothing is backed up"))
      .map((text) => `UNHEALTHY: ${text}`),
  ].join("\n");
}

function storageLines({ storages }: StatusReport, now: Date): string[] {
  return storages.map(({ id, location, backups, storedBytes, newest, problem }) => {
    if (problem !== undefined) return `Storage ${id}: NOT reachable: ${escapeText(problem)}`;
    const age = newest === undefined ? "none yet" : `newest ${formatAge(newest.createdAt, now)}`;
    return `Storage ${id} (${escapeText(location)}): ${count(backups, "backup")}, ${formatSize(storedBytes)}, ${age}`;
  });
}

function backupLines(
  { newest, newestVerified, recovery, holdings }: StatusReport,
  now: Date,
): string[] {
  const lines: string[] = [];
  if (newestVerified !== undefined) {
    lines.push(
      `Newest verified backup: ${shownId(newestVerified)}, made ${formatAge(newestVerified.createdAt, now)}`,
    );
  } else if (newest !== undefined) {
    lines.push("No backup was ever verified: clawback verify latest");
  }
  const { restoreTime } = recovery;
  if (restoreTime !== undefined) {
    const what = restoreTime.by === "drill" ? "A full restore" : "Reading back and checking";
    lines.push(
      `${what} took ${formatDuration(restoreTime.durationMs)} (${formatAge(restoreTime.measuredAt, now)})`,
    );
  }
  if (newest !== undefined) lines.push(holdingsLine(holdings));
  return lines;
}

function holdingsLine(holdings: StatusReport["holdings"]): string {
  const { archives, snapshots, storedBytes, storedLastMonthBytes, grewBytes } = holdings;
  const change =
    grewBytes === undefined
      ? ""
      : `; the installation ${grewBytes < 0 ? "shrank" : "grew"} by ${formatSize(Math.abs(grewBytes))} in 30 days`;
  return `Kept: ${count(archives, "archive")} and ${count(snapshots, "snapshot")}, ${formatSize(storedBytes)} stored, ${formatSize(storedLastMonthBytes)} of it in the last 30 days${change}`;
}

function jobLines({ jobs }: StatusReport, now: Date): string[] {
  return jobs.map(({ job, last, next }) => {
    const end = last?.result === "failed" ? "FAILED" : last?.result;
    const did = last === undefined ? "never ran" : `${end} ${formatAge(last.startedAt, now)}`;
    const then = next === undefined ? "" : `, next ${formatUntil(next, now)}`;
    return `Job ${job}: ${did}${then}`;
  });
}

function formatUntil(iso: string, now: Date): string {
  return `in ${formatDuration(Math.max(0, new Date(iso).getTime() - now.getTime()))}`;
}
