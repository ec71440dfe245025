import type { Id } from "../types.ts";

/** How many, and what they take as stored. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What a prune would do, as plain data. */
export interface PrunePlan {
  readonly repositoryId: Id;
  readonly snapshots: number;
  readonly blobs: {
    readonly used: Amount;
    readonly unused: Amount;
    /** Stored more than once; part of `unused`. */
    readonly duplicate: Amount;
  };
  readonly packs: {
    readonly keep: Amount;
    /** What of them is used is written anew; then they are as those to be removed. */
    readonly repack: Amount;
    /** Taken out of the index, and deleted by a prune a day later. */
    readonly remove: Amount;
    /** In no index for a day or more: deleted now. */
    readonly delete: Amount;
    /** In no index, but not for long enough. */
    readonly waiting: Amount;
  };
  /** What stays unused in packs that are kept. */
  readonly unusedAfterBytes: number;
  readonly indexFiles: number;
  readonly repackIds: readonly Id[];
  readonly removeIds: readonly Id[];
  readonly deleteIds: readonly Id[];
}
