import type { NewFile, Path } from "../types.ts";

/**
 * Every call by which a journal changes the disk; one each, so that a test can count, record, refuse or stop them.
 * Failures are Node's own.
 */
export interface FileOperations {
  rename(from: Path, to: Path): void;
  /** Creates a file with mode 0600 that must not exist, and flushes it. */
  createFile(path: Path, text: string): void;
  removeFile(path: Path): void;
  makeDirectory(directory: NewDirectory): void;
  /** Removes an empty directory. */
  removeDirectory(path: Path): void;
  removeTree(path: Path): void;
  setModifiedTime(path: Path, mtimeNs: bigint): void;
  /** Sets mode and time of a file or directory, never through a link, and flushes them. */
  setFacts(path: Path, facts: Pick<NewFile, "mode" | "mtimeNs">): void;
  fsyncDirectory(path: Path): void;
}

export interface NewDirectory {
  readonly path: Path;
  readonly mode: number;
  /** @default this process's own */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * One rename. Whether it was done is read from the disk, so one of its ends must bear a name that nothing else ever bears: `to` when a
 * live tree is put away, `from` when a stage is put in place.
 */
export interface Move {
  readonly from: Path;
  readonly to: Path;
  readonly unique: "from" | "to";
  /** What is moved may have gone by then; otherwise its loss means that the journal cannot be finished. */
  readonly mayBeMissing?: boolean | undefined;
  /** The directories that it leaves and enters keep their times, as if nothing had happened to them. */
  readonly keepsTimes?: boolean | undefined;
}

/** Moves that do not depend on one another. A step is on disk before the next one begins. */
export type Step = readonly Move[];

/** Mode and time. */
export interface AdjustedFacts {
  readonly mode: number;
  /** In nanoseconds, as decimal text; absent for a directory, whose time says no more than what is moved in it. */
  readonly mtimeNs?: string | undefined;
}

/**
 * What stays at its name and gets another mode or time, before anything is moved: a directory may have to be opened for that. What somebody
 * changed meanwhile is left as it is.
 */
export interface Adjustment {
  readonly path: Path;
  readonly from: AdjustedFacts;
  readonly to: AdjustedFacts;
}

/** A list of renames that is carried out as a whole or not at all, whatever happens in between. */
export interface Journal {
  /** For messages: `restore of backup 2026… to "/home/u/.openclaw"`. */
  readonly title: string;
  /** Ends the names of what is moved aside: `20261121T030000Z`. */
  readonly stamp: string;
  /** Removed in the end, whether finished or undone. */
  readonly temporary: readonly Path[];
  /** Made before the first step where they are missing, parents first. Those that are empty in the end are removed. */
  readonly directories: readonly NewDirectory[];
  /** Empty while the trees to be moved are still being written: such a journal is only cleaned up. */
  readonly steps: readonly Step[];
  /** @default none */
  readonly adjustments?: readonly Adjustment[] | undefined;
  /** The owner's own; JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How a journal ended. */
export interface JournalOutcome {
  /** `dropped`: undone before the first move; the live trees were never touched. */
  readonly result: "finished" | "undone" | "dropped";
  /** Where things are that somebody put at a name while it was being exchanged. */
  readonly appeared: readonly Path[];
  /** Why it could not be finished. */
  readonly cause?: unknown;
}
