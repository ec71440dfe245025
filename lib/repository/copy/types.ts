import type { BackupError, OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { LockOptions } from "../lock/index.ts";
import type { Id } from "../types.ts";

export interface CopySnapshotsOptions extends CallOptions {
  /** Ids in the source. */
  readonly snapshots: readonly Id[];
  /** Of the source; `false` where the credentials may only read. Both locks are shared. */
  readonly sourceLock?: Omit<LockOptions, "exclusive" | "signal"> | false | undefined;
  readonly targetLock?: Omit<LockOptions, "exclusive" | "signal"> | undefined;
  readonly packBytes?: number | undefined;
  /** How much is copied before it is written down in an index: what a killed copy has to do again. @default 256 MiB */
  readonly portionBytes?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What became of one snapshot. */
export interface CopiedSnapshot {
  /** In the source. */
  readonly id: Id;
  /** In the target; undefined when it could not be copied. */
  readonly copyId?: Id | undefined;
  /** False when the target had it already. */
  readonly copied: boolean;
  /** Blobs that were written. */
  readonly blobs: number;
  /** What they take in the target. */
  readonly storedBytes: number;
  /** Why it could not be copied: something in the source is damaged or missing. */
  readonly error?: BackupError | undefined;
}

export interface CopyReport {
  /** In the order in which they were asked for. */
  readonly snapshots: readonly CopiedSnapshot[];
}
