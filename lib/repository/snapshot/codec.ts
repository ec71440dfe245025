import { MIB } from "../../base/index.ts";
import { encodeGoJson, parseExactJson } from "../go-json/index.ts";
import { shortId } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import { Fields } from "./fields.ts";
import type { Snapshot, SnapshotSummary, StoredSnapshot } from "./types.ts";

/** A snapshot of many paths and excludes has some kilobytes. */
const MAX_BYTES: number = 64 * MIB;

/**
 * Encodes a snapshot as restic does: its keys in its order, empty ones left out. The inverse of {@link decodeSnapshot}.
 * @see restic internal/data/snapshot.go
 */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const json = encodeGoJson({
    time: snapshot.time,
    parent: snapshot.parent,
    tree: snapshot.tree,
    paths: snapshot.paths,
    hostname: snapshot.hostname || undefined,
    username: snapshot.username || undefined,
    uid: snapshot.uid || undefined,
    gid: snapshot.gid || undefined,
    excludes: orAbsent(snapshot.excludes),
    tags: orAbsent(snapshot.tags),
    original: snapshot.original,
    program_version: snapshot.programVersion || undefined,
    summary: snapshot.summary && summaryFields(snapshot.summary),
    ...snapshot.unknown,
  });
  return Buffer.from(json, "utf8");
}

function summaryFields(summary: SnapshotSummary): object {
  return {
    backup_start: summary.backupStart,
    backup_end: summary.backupEnd,
    files_new: summary.filesNew,
    files_changed: summary.filesChanged,
    files_unmodified: summary.filesUnmodified,
    dirs_new: summary.dirsNew,
    dirs_changed: summary.dirsChanged,
    dirs_unmodified: summary.dirsUnmodified,
    data_blobs: summary.dataBlobs,
    tree_blobs: summary.treeBlobs,
    data_added: summary.dataAdded,
    data_added_packed: summary.dataAddedPacked,
    total_files_processed: summary.totalFilesProcessed,
    total_bytes_processed: summary.totalBytesProcessed,
    ...summary.unknown,
  };
}

/**
 * Decodes the JSON of a snapshot file; fields that are not known are kept.
 * @throws BackupError `data-corrupt`, `limit-exceeded`
 */
export function decodeSnapshot(json: Uint8Array, id: Id): StoredSnapshot {
  const subject = `snapshot ${shortId(id)}`;
  const fields = new Fields(parseExactJson(json, { subject, maxBytes: MAX_BYTES }), subject);
  const tree = fields.id("tree");
  if (tree === undefined) throw fields.damaged("has no tree");
  const summary = fields.object("summary");
  return {
    id,
    time: fields.time("time"),
    parent: fields.id("parent"),
    tree,
    paths: fields.texts("paths") ?? [],
    hostname: fields.text("hostname"),
    username: fields.text("username"),
    uid: fields.count("uid") || undefined,
    gid: fields.count("gid") || undefined,
    excludes: fields.texts("excludes"),
    tags: fields.texts("tags"),
    original: fields.id("original"),
    programVersion: fields.text("program_version"),
    summary: summary && decodeSummary(summary),
    unknown: fields.rest(),
  };
}

/** Counts that are missing are 0, as rustic and early versions left some out. */
function decodeSummary(fields: Fields): SnapshotSummary {
  return {
    backupStart: fields.time("backup_start"),
    backupEnd: fields.time("backup_end"),
    filesNew: fields.count("files_new"),
    filesChanged: fields.count("files_changed"),
    filesUnmodified: fields.count("files_unmodified"),
    dirsNew: fields.count("dirs_new"),
    dirsChanged: fields.count("dirs_changed"),
    dirsUnmodified: fields.count("dirs_unmodified"),
    dataBlobs: fields.count("data_blobs"),
    treeBlobs: fields.count("tree_blobs"),
    dataAdded: fields.count("data_added"),
    dataAddedPacked: fields.count("data_added_packed"),
    totalFilesProcessed: fields.count("total_files_processed"),
    totalBytesProcessed: fields.count("total_bytes_processed"),
    unknown: fields.rest(),
  };
}

function orAbsent(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.length ? list : undefined;
}
