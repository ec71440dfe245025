import { type StoredSnapshot, timestampDate } from "../../repository/index.ts";
import { repositoryPrefix } from "../keys.ts";
import type { Backup } from "../types.ts";
import type { SnapshotReport } from "./report.ts";

/** A snapshot in the shape of lists, but for where it lies and what was learnt of it later. */
export type SnapshotRecord = Omit<Backup, "storage" | "verifiedAt" | "held">;

/** @param report - Undefined for a snapshot of another program: it counts as partial, so that only naming it selects it. */
export function toSnapshotRecord(
  snapshot: StoredSnapshot,
  report: SnapshotReport | undefined,
  instance: string,
): SnapshotRecord {
  const { id, summary, original, tags = [], hostname = "" } = snapshot;
  const facts = {
    id,
    ...(original === undefined ? {} : { original }),
    kind: "snapshot" as const,
    instance,
    storedBytes: summary?.dataAddedPacked ?? 0,
    encrypted: true,
    objectKey: `${repositoryPrefix(instance)}snapshots/${id}`,
    host: hostname,
  };
  if (report === undefined) {
    return {
      ...facts,
      name: null,
      tags,
      scope: { full: false, classes: [], onlyConfig: false, includeWorkspace: false },
      createdAt: timestampDate(snapshot.time).toISOString(),
      sizeBytes: summary?.totalBytesProcessed ?? 0,
      files: summary?.totalFilesProcessed ?? 0,
      bytes: summary?.totalBytesProcessed ?? 0,
      databases: 0,
      omissions: 0,
      degraded: false,
      durationMs: 0,
      openclawVersion: "unknown",
    };
  }
  const { scope, session } = report;
  const { full, classes, onlyConfig, includeWorkspace } = scope;
  return {
    ...facts,
    name: report.name,
    tags: report.tags,
    ...(session === undefined ? {} : { session }),
    scope: { full, classes, onlyConfig, includeWorkspace },
    createdAt: report.createdAt,
    sizeBytes: report.bytes,
    files: report.files,
    bytes: report.bytes,
    databases: report.databases.length,
    omissions: report.omissions.length,
    degraded: report.degraded,
    durationMs: report.durationMs,
    openclawVersion: report.openclaw.version,
  };
}
