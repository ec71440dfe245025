import type { Loss } from "../inventory/index.ts";
import type { Id } from "../types.ts";
import type { CheckRecord } from "./share.ts";

export type CheckCode =
  | "config-changed"
  | "key-damaged"
  | "index-damaged"
  | "index-conflict"
  | "pack-missing"
  | "pack-size"
  | "pack-damaged"
  | "blob-damaged"
  | "blob-missing"
  | "tree-damaged"
  | "snapshot-damaged"
  | "snapshot-missing"
  | "key-missing";

/** Something that is wrong. */
export interface CheckFinding {
  readonly code: CheckCode;
  readonly message: string;
  /** Of the stored file or blob. */
  readonly id: Id;
  /** The pack that a blob lies in. */
  readonly packId?: Id | undefined;
}

/** Something that is no damage, or cannot be told from what its owner may have done. */
export interface CheckNotice {
  readonly code: "pack-unreferenced" | "pack-mixed" | "snapshot-gone" | "key-gone" | "no-snapshots";
  readonly message: string;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly checked: {
    readonly snapshots: number;
    readonly trees: number;
    /** Files in different directories' listings; one that many snapshots share counts once. */
    readonly files: number;
    readonly blobs: number;
    readonly packs: number;
    /** Packs whose data were read, and their bytes. */
    readonly packsRead: number;
    readonly bytes: number;
  };
  readonly findings: readonly CheckFinding[];
  /** Findings beyond those that are listed. */
  readonly findingsOmitted: number;
  readonly notices: readonly CheckNotice[];
  /** What the damage costs. */
  readonly losses: readonly Loss[];
  readonly lossesOmitted: number;
  /** What to hand in the next time. */
  readonly record: CheckRecord;
}
