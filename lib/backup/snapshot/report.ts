import type { CaptureReport } from "../../capture/index.ts";
import type { SnapshotReport } from "../../catalog/index.ts";
import { repositoryPrefix } from "../../catalog/index.ts";
import type { SavedTotals, Snapshot, StoredSnapshot } from "../../repository/index.ts";
import { formatTimestamp } from "../../repository/index.ts";
import { assetsOf, pathsOf } from "../manifest.ts";
import { backupScope, recordScope } from "../scope.ts";
import type { Written } from "./entry-writer.ts";
import type { CreateSnapshotOptions, SnapshotBackupReport } from "./types.ts";

/** What is known when the last entry has been stored. */
export interface Captured {
  readonly written: Written;
  readonly captured: CaptureReport;
  readonly durationMs: number;
}

/** `/.clawback/report.json` of the snapshot. */
export function snapshotReportOf(
  options: CreateSnapshotOptions,
  { written, captured, durationMs }: Captured,
): SnapshotReport {
  const { capture, host, session } = options;
  return {
    formatVersion: 1,
    instance: options.instance,
    name: options.name ?? null,
    tags: options.tags ?? [],
    ...(session === undefined ? {} : { session }),
    createdAt: options.now.toISOString(),
    durationMs,
    scope: recordScope(capture),
    paths: pathsOf(capture.installation),
    assets: assetsOf(capture.installation),
    files: written.files,
    bytes: written.bytes,
    databases: written.databases,
    omissions: captured.omissions,
    notes: captured.notesTotal,
    degraded: captured.degraded,
    openclaw: options.openclaw,
    host: { name: host.name, platform: host.platform },
    clawbackVersion: options.clawbackVersion,
  };
}

/** The tag by which restic, too, finds the snapshots of an agent's session. */
export function sessionTag(session: string): string {
  return `session:${session}`;
}

/** The snapshot document itself, in restic's words. */
export function snapshotOf(
  options: CreateSnapshotOptions,
  { written }: Captured,
  stored: {
    readonly tree: string;
    readonly parent: string | undefined;
    readonly totals: SavedTotals;
    readonly end: Date;
  },
): Snapshot {
  const { now, session, tags = [], user, capture } = options;
  const { changes, files, bytes } = written;
  const { totals } = stored;
  const time = timestampOf(now);
  return {
    time,
    parent: stored.parent,
    tree: stored.tree,
    paths: capture.installation.roots.map(({ path }) => path),
    hostname: options.host.name,
    username: user.username,
    uid: user.uid,
    gid: user.gid,
    tags: [...tags, ...(session === undefined ? [] : [sessionTag(session)])],
    programVersion: `clawback ${options.clawbackVersion}`,
    summary: {
      backupStart: time,
      backupEnd: timestampOf(stored.end),
      ...changes,
      dataBlobs: totals.dataBlobs,
      treeBlobs: totals.treeBlobs,
      dataAdded: totals.addedBytes,
      dataAddedPacked: totals.packedBytes,
      totalFilesProcessed: files,
      totalBytesProcessed: bytes,
    },
  };
}

export function backupReportOf(
  options: CreateSnapshotOptions,
  { written, captured, durationMs }: Captured,
  { snapshot, totals }: { readonly snapshot: StoredSnapshot; readonly totals: SavedTotals },
): SnapshotBackupReport {
  const { files, bytes, databases, changes } = written;
  const objectKey = `${repositoryPrefix(options.instance)}snapshots/${snapshot.id}`;
  return {
    id: snapshot.id,
    kind: "snapshot",
    name: options.name ?? null,
    instance: options.instance,
    tags: options.tags ?? [],
    ...(options.session === undefined ? {} : { session: options.session }),
    scope: backupScope(options.capture),
    storage: options.storage,
    createdAt: options.now.toISOString(),
    sizeBytes: bytes,
    storedBytes: totals.packedBytes,
    files,
    bytes,
    databases: databases.length,
    degraded: captured.degraded,
    encrypted: true,
    durationMs,
    openclawVersion: options.openclaw.version,
    host: options.host.name,
    objectKey,
    omissions: captured.omissions,
    notes: captured.notes,
    notesTotal: captured.notesTotal,
    location: `${options.repository.storage.location}/snapshots/${snapshot.id}`,
    parent: snapshot.parent ?? null,
    changes,
    addedBytes: totals.addedBytes,
  };
}

function timestampOf(date: Date): string {
  return formatTimestamp(BigInt(date.getTime()) * 1_000_000n);
}
