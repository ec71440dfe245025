import type { CallOptions } from "../../storage/index.ts";
import type { JsonObject } from "../go-json/index.ts";
import type { Timestamp } from "../timestamp.ts";
import type { Id } from "../types.ts";

/** What a backup run did, as restic counts it. Written whole: other readers refuse one with a field missing. */
export interface SnapshotSummary {
  readonly backupStart: Timestamp;
  readonly backupEnd: Timestamp;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Bytes added to the repository, before compression. */
  readonly dataAdded: number;
  /** The same as stored. */
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
  readonly unknown?: JsonObject | undefined;
}

/** The state of source paths at a time. Fields that may be undefined are left out of the stored form when they are empty. */
export interface Snapshot {
  readonly time: Timestamp;
  /** The snapshot that unchanged files were recognised by. */
  readonly parent?: Id | undefined;
  /** The root tree. */
  readonly tree: Id;
  /** Absolute; what the snapshot was asked to hold. */
  readonly paths: readonly string[];
  readonly hostname?: string | undefined;
  readonly username?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly excludes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The snapshot this one was made from by `restic tag` or `rewrite`. */
  readonly original?: Id | undefined;
  readonly programVersion?: string | undefined;
  /** Since restic 0.17. */
  readonly summary?: SnapshotSummary | undefined;
  /** Fields that this version does not know; written again after the known ones. */
  readonly unknown?: JsonObject | undefined;
}

/** A snapshot with its name. The id is the hash of the stored bytes, hence new whenever the snapshot is written again. */
export interface StoredSnapshot extends Snapshot {
  readonly id: Id;
}

/** The part of the stored files that snapshots need. */
export interface SnapshotFiles {
  load(kind: "snapshot", id: Id, options?: CallOptions): Promise<Uint8Array>;
  save(kind: "snapshot", json: Uint8Array, options?: CallOptions): Promise<Id>;
  list(kind: "snapshot", options?: CallOptions): AsyncIterable<{ readonly id: Id }>;
}
