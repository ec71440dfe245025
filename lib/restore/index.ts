/**
 * Restores archives as transactions: plan, stage and verify in one download, swap by rename, undo.
 *
 * `planRestore` only reads. `applyRestore` writes into stages beside what will be replaced, proves every byte there, and then moves
 * names: until that swap nothing live has changed, after it the former state stands in pre-restore trees, and `recoverInterrupted`
 * leaves the old state or the new one after a crash at any instant. A restore elsewhere fills `target` as if it were the user's home:
 * the state directory stands in it under its own name, what lay outside the state directory where it lay relative to it, or by
 * its absolute path (`plan.roots` says what stands where).
 *
 * In the home, `restore/` holds the journal of a restore under way, its lock, and a description of each pre-restore state.
 *
 * @module
 */
import type { Clock, OperationOptions } from "../base/index.ts";
import { BackupError } from "../base/index.ts";
import type { FileOperations, Path } from "../filesystem/index.ts";
import type { GatewayState, Installation } from "../openclaw/index.ts";
import type { PlanRestoreOptions, RestorePlan, RestoreReport } from "./types.ts";

export type * from "./types.ts";

/** A plan to show, and what `applyRestore` needs to carry it out. Only `plan` is meant for others. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
}

/** `signal` and `onProgress` default to the plan's. */
export interface ApplyRestoreOptions extends OperationOptions {
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** For tests that record or interrupt the swap. @default the disk */
  readonly operations?: FileOperations | undefined;
}

/**
 * Finds out what a restore would do. Reads only.
 *
 * @throws BackupError `no-space`, `target-not-empty`, `policy-refused` (a target inside the home or the installation),
 *   `invalid-argument` (nothing matches `only` or `classes`), `wrong-password`.
 */
export function planRestore(_options: PlanRestoreOptions): Promise<PreparedRestore> {
  throw new BackupError("internal", "being written");
}

/**
 * Carries out a plan: stage, verify, adjust, swap, report.
 *
 * @throws BackupError `gateway-running` with the command to stop it; `plan-outdated`; `version-too-new`; `data-corrupt`, `data-missing`,
 *   `manifest-mismatch`; `no-space`; `job-running` when another restore is under way. After every one of them nothing has changed.
 */
export function applyRestore(
  _prepared: PreparedRestore,
  _options: ApplyRestoreOptions = {},
): Promise<RestoreReport> {
  throw new BackupError("internal", "being written");
}

/** A state that a restore replaced and kept. */
export interface PreRestore {
  /** Sorts by time as text. */
  readonly id: string;
  readonly createdAt: string;
  /** What replaced it: `backup 2026…`, `undo of …`. */
  readonly replacedBy: string;
  readonly stateDir: Path;
  /** The trees it consists of, wherever they stand. */
  readonly paths: readonly Path[];
  /** Only when asked for. */
  readonly sizeBytes?: number | undefined;
  /** Whether `undoRestore` can bring it back; false when its description in the home is missing. */
  readonly canUndo: boolean;
}

export interface ListPreRestoreOptions {
  readonly home: Path;
  readonly stateDir: Path;
  /** Adds `sizeBytes`, by walking the trees. @default false */
  readonly measure?: boolean | undefined;
}

/** Every pre-restore state of an installation, newest first. Their `paths` are never captured. */
export function listPreRestore(_options: ListPreRestoreOptions): readonly PreRestore[] {
  throw new BackupError("internal", "being written");
}

/** Removes pre-restore states for good. */
export function removePreRestore(_home: Path, _states: readonly PreRestore[]): Promise<void> {
  throw new BackupError("internal", "being written");
}

export interface UndoRestoreOptions {
  readonly home: Path;
  readonly stateDir: Path;
  /** What is live now; its Gateway must be stopped. */
  readonly installation: Installation | undefined;
  readonly now: Date;
  readonly operations?: FileOperations | undefined;
}

export interface UndoReport {
  /** What was brought back. */
  readonly restored: PreRestore;
  /** Where the state that was replaced now is; undo again brings it back. */
  readonly preRestore: PreRestore;
  readonly warnings: readonly string[];
}

/**
 * Brings back the newest pre-restore state, and keeps what it replaces as another one.
 * @throws BackupError `path-not-found` when there is none; `gateway-running`; `job-running`
 */
export function undoRestore(_options: UndoRestoreOptions): Promise<UndoReport> {
  throw new BackupError("internal", "being written");
}

export interface RecoverOptions {
  /** Whether a Gateway uses this state directory. With one running, a swap that has not reached the state directory is undone. */
  readonly findGateway?: ((stateDir: Path) => Promise<GatewayState>) | undefined;
  readonly operations?: FileOperations | undefined;
}

/**
 * Finishes or undoes a restore that was interrupted, and removes what it left. For the start of every command; quick when there is
 * nothing to do, and passive while another process is restoring.
 *
 * @returns What was done, a sentence each.
 */
export function recoverInterrupted(_home: Path, _options?: RecoverOptions): Promise<string[]> {
  throw new BackupError("internal", "being written");
}
