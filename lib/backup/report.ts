import type { ArchiveSummary } from "../archive/index.ts";
import type { CaptureReport, Omission } from "../capture/index.ts";
import type { BackupRecord } from "../catalog/index.ts";
import { isSameOrInside } from "../filesystem/index.ts";
import type { Sent } from "./meter.ts";
import { backupScope } from "./scope.ts";
import type { BackupReport, CreateArchiveOptions } from "./types.ts";

/** What is known when the last byte of an archive has been written. */
export interface Finished {
  readonly summary: ArchiveSummary;
  readonly captured: CaptureReport;
  readonly archive: Sent;
  readonly isEncrypted: boolean;
  readonly durationMs: number;
}

/** An object of the archive's folder. */
export interface NamedObject extends Sent {
  /** Within the folder. */
  readonly name: string;
}

/** `backup.json` of an archive: counts and sizes, no file names. */
export function recordOf(
  options: CreateArchiveOptions,
  finished: Finished,
  objects: { readonly archive: NamedObject; readonly fileList: NamedObject },
): BackupRecord {
  const { captured, summary } = finished;
  return {
    formatVersion: 1,
    id: options.id,
    kind: "archive",
    name: options.name ?? null,
    instance: options.instance,
    tags: options.tags ?? [],
    scope: backupScope(options.capture),
    createdAt: options.now.toISOString(),
    durationMs: finished.durationMs,
    ...objects,
    encryption: finished.isEncrypted ? "openpgp" : "none",
    files: summary.files,
    bytes: summary.bytes,
    databases: captured.databases,
    omissions: countByReason(summary.omissions),
    notes: captured.notesTotal,
    degraded: isDegraded(options, finished),
    openclaw: options.openclaw,
    host: { name: options.host.name, platform: options.host.platform },
    clawbackVersion: options.clawbackVersion,
  };
}

export function reportOf(
  options: CreateArchiveOptions,
  finished: Finished,
  location: string,
): BackupReport {
  const { archive, captured, durationMs, isEncrypted, summary } = finished;
  const { destination } = options;
  return {
    id: options.id,
    kind: "archive",
    name: options.name ?? null,
    instance: options.instance,
    tags: options.tags ?? [],
    scope: backupScope(options.capture),
    storage: destination.type === "storage" ? destination.id : "",
    createdAt: options.now.toISOString(),
    sizeBytes: summary.bytes,
    storedBytes: archive.sizeBytes,
    sha256: archive.sha256,
    files: summary.files,
    bytes: summary.bytes,
    databases: captured.databases,
    degraded: isDegraded(options, finished),
    encrypted: isEncrypted,
    durationMs,
    openclawVersion: options.openclaw.version,
    host: options.host.name,
    omissions: summary.omissions,
    notes: captured.notes,
    notesTotal: captured.notesTotal,
    location,
  };
}

/** The archive's writer can meet omissions of its own, so its list is the one that counts. */
function isDegraded({ capture }: CreateArchiveOptions, { captured, summary }: Finished): boolean {
  const { essentialDatabases } = capture.installation;
  const hits = ({ path }: Omission): boolean =>
    essentialDatabases.some((database) => isSameOrInside(database, path));
  return captured.degraded || summary.omissions.some(hits);
}

function countByReason(omissions: readonly Omission[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of omissions) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
