import type { OperationOptions } from "../base/index.ts";

export interface CaptureDatabaseOptions extends OperationOptions {
  /** How long to wait for a writer's exclusive lock before giving up. @default 10 s, plus 1 s per 100 MB; 5 s in rollback mode */
  readonly lockTimeoutMs?: number | undefined;
  /** Statements run on the finished copy, each on its own; one that names a missing table is passed over. */
  readonly cleanCopy?: readonly string[] | undefined;
}

/** What was captured: a standalone copy without sidecars, in `journal_mode=delete`. */
export interface CapturedDatabase {
  readonly sizeBytes: number;
  readonly pageSize: number;
  readonly sourceJournalMode: "wal" | "rollback";
  readonly userVersion: number;
  /** Problems found by integrity and foreign-key checks on the copy; empty when sound. At most 20. */
  readonly findings: readonly string[];
  /** `cleanCopy` statements that were passed over for another reason than a missing table, and why. */
  readonly notes?: readonly string[] | undefined;
}

/** Why a database could not be captured; in `details.reason` of the `source-unreadable` error that `captureDatabase` throws. */
export type DatabaseProblem = "locked" | "damaged" | "unreadable" | "vanished" | "no-space";

export interface DatabaseCheck {
  readonly ok: boolean;
  /** At most 20. */
  readonly findings: readonly string[];
  readonly userVersion: number;
  readonly tables: number;
}
