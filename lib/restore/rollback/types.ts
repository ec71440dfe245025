import type { Clock, OperationOptions } from "../../base/index.ts";
import type { FileOperations, FileStat, FileType, Path } from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import type { LastRollback, RollbackChoice, SnapshotBefore } from "../kept/index.ts";
import type { Place } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import type { RestorePlan, RestoreReport, SnapshotContents, SnapshotSource } from "../types.ts";

export type { LastRollback, RollbackChoice, SnapshotBefore };

export interface PlanRollbackOptions extends OperationOptions {
  readonly source: SnapshotSource;
  readonly choice: RollbackChoice;
  readonly stateDir: Path;
  /** What is live there now. */
  readonly installation: Installation;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Clawback's home. */
  readonly home: Path;
  /** Directories of ours that may lie in what is rolled back: they stay as they are. */
  readonly ownPaths?: readonly Path[] | undefined;
  readonly now: Date;
}

/** In what a path differs. */
export type Aspect = "type" | "content" | "mode" | "time" | "target" | "link";

/** One path that a rollback changes. */
export interface RollbackEntry {
  readonly change: "added" | "changed" | "removed";
  /** Where it stands. */
  readonly path: Path;
  readonly type: FileType;
  /** As it will be; of what is removed, as it is. */
  readonly sizeBytes: number;
  /** Of what is changed. */
  readonly what?: readonly Aspect[] | undefined;
}

/** What differs and is left as it is, and why. */
export interface LeftPath {
  readonly path: Path;
  readonly reason: string;
}

/** What a rollback would do, as plain data: as the plan of a restore of parts, with every path. */
export interface RollbackPlan extends RestorePlan {
  readonly choice: RollbackChoice;
  /** In byte order; directories too, which the counts leave out. */
  readonly entries: readonly RollbackEntry[];
  readonly left: readonly LeftPath[];
}

/** What is known of something live, so that a later change is noticed. */
export interface Expected {
  /** Undefined where nothing was. */
  readonly stat: FileStat | undefined;
  /** Of a database, once its Gateway is stopped: by what it is known as long as nothing is committed to it. */
  readonly identity?: string | undefined;
  /** Of a directory that gives way as a whole: all that lies in it. */
  readonly below?: ReadonlyMap<Path, FileStat> | undefined;
}

/**
 * What becomes of a path. `replace`: something of the snapshot is put there, and what is there put aside. `adjust`: it gets another mode or
 * time. `remove`: it is put aside. `clear`: a directory that is removed once nothing is left in it.
 */
export type Action = "replace" | "adjust" | "remove" | "clear";

/** A difference, with all that is needed to do away with it. */
export interface Difference {
  readonly entry: RollbackEntry;
  readonly action: Action;
  readonly place: Place;
  readonly live: Path;
  /** The snapshot's own path; undefined for what it does not have. */
  readonly path: Path | undefined;
  readonly expected: Expected;
  /** Of `adjust`. */
  readonly facts?: { readonly mode: number; readonly mtimeNs?: bigint | undefined } | undefined;
  readonly isDatabase: boolean;
}

/** A plan to show, and what `applyRollback` needs to carry it out. Only `plan` is meant for others. */
export interface PreparedRollback {
  readonly plan: RollbackPlan;
  /** @internal */
  readonly options: PlanRollbackOptions;
  /** @internal */
  readonly differences: readonly Difference[];
  /** Times of the snapshot's directories, by where they stand. @internal */
  readonly directoryTimes: ReadonlyMap<Path, bigint>;
  /** As a restore of parts. @internal */
  readonly restore: PreparedRestore;
  /** Of single files of several names: the first of them, by the others; the snapshot's paths. @internal */
  readonly linkTargets: ReadonlyMap<Path, Path>;
}

/** The snapshot that was just taken of what is live. */
export interface SavedNow {
  readonly before: SnapshotBefore;
  readonly contents: Pick<SnapshotContents, "facts" | "list">;
  readonly degraded: boolean;
}

export interface ApplyRollbackOptions extends OperationOptions {
  /** Takes a snapshot of all that is live now; called once, when nothing is in the way any more. */
  readonly saveNow: () => Promise<SavedNow>;
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** For tests that record or interrupt it. @default the disk */
  readonly operations?: FileOperations | undefined;
}

export interface RollbackReport extends RestoreReport {
  readonly plan: RollbackPlan;
  /** The snapshot that was taken before; undefined where there was nothing to do. */
  readonly before?: SnapshotBefore | undefined;
  /** Paths put aside without anything in their place, and paths of which only mode or time changed. */
  readonly removed: number;
  readonly adjusted: number;
  /** What was planned and not done, and why. */
  readonly refused: readonly LeftPath[];
}
