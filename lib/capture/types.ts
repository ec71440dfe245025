import type { Clock, OperationOptions } from "../base/index.ts";
import type { FileStat, Path } from "../filesystem/index.ts";
import type { BackupClass, Installation } from "../openclaw/index.ts";
import type { DatabaseIdentity } from "../sqlite/index.ts";

/** The user's rules of what stays out (`exclude.json` in the home, in the shape of the seed, and flags). */
export interface ExclusionRules {
  /** Without the dot, compared without case: `log`, `pyc`. */
  readonly excludedExtensions: readonly string[];
  /** Names of directories at any depth, or paths relative to their root when they hold a slash. */
  readonly excludedFolders: readonly string[];
  readonly excludedFiles: readonly string[];
  /** Gitignore syntax, relative to each root. */
  readonly patterns: readonly string[];
  /** Gitignore syntax; brings back what another rule leaves out. */
  readonly include: readonly string[];
  readonly maxFileSizeBytes?: number | undefined;
  /** As `patterns`, but given by a flag for one run: what they leave out makes a backup partial. @default [] */
  readonly runPatterns?: readonly string[] | undefined;
  /** `maxFileSizeBytes` was given by a flag for one run, with the same effect. @default false */
  readonly isMaxFileSizeOfRun?: boolean | undefined;
  /** Leave out directories that carry a valid CACHEDIR.TAG. */
  readonly cachedirTag: boolean;
  readonly oneFileSystem: boolean;
  /** Only these may leave out a database or the config: paths or gitignore patterns. */
  readonly forceExclude: readonly string[];
}

/** What an earlier backup knows, so that files that have not changed since need not be read again. */
export interface PreviousCapture {
  /** Called for each directory before what it holds is looked at; what it returns is waited for. */
  enter(directory: Path): Promise<void> | undefined;
  /**
   * Whether the earlier backup has the content of this file as it is now; `stat` is of this moment. Never true for what was a
   * database then: the bytes of a database's file do not tell whether it has changed.
   */
  isUnchanged(path: Path, stat: FileStat): boolean;
  /** Whether it says that it captured the database at this path with what is committed to it now; asked at any time. */
  hasDatabase(path: Path, identity: DatabaseIdentity): boolean;
  /** Whether it has the content of that database too. */
  isUnchangedDatabase(path: Path, identity: DatabaseIdentity): boolean;
}

/** What to capture. */
export interface CaptureScope {
  /** Classes wanted, sorted. */
  readonly classes: readonly BackupClass[];
  /** The classes are those of `--only-config`. */
  readonly onlyConfig: boolean;
  /** False: nothing below a workspace directory is wanted, of whatever class (a workspace's skills, its databases). */
  readonly includeWorkspace: boolean;
  /** Other directories were named for this run than those that the config names as workspaces, and not all of these are covered. @default false */
  readonly lacksWorkspace?: boolean | undefined;
}

export interface CaptureOptions extends OperationOptions {
  readonly installation: Installation;
  readonly scope: CaptureScope;
  readonly rules: ExclusionRules;
  /** Never walked into: the home, directory storages, pre-restore trees, the output file. */
  readonly ownPaths: readonly Path[];
  /** Parent of the private directory for database copies (0700, inside the home). */
  readonly temporaryDirectory: Path;
  /** A database that stays locked: leave it out, or fail the run. @default "skip" */
  readonly onLocked?: "skip" | "fail" | undefined;
  /** How long to wait for a database that another program holds exclusively. @default that of `captureDatabase` */
  readonly lockTimeoutMs?: number | undefined;
  /** What `measureCapture` counted, so that progress can tell how much is left. */
  readonly totals?: Tally | undefined;
  /** Files that it calls unchanged are given without content. */
  readonly previous?: PreviousCapture | undefined;
  /** Tell of databases what a later capture can recognise them by. @default false */
  readonly identifyDatabases?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

export type OmissionReason =
  | "unreadable"
  | "changed"
  | "locked"
  | "damaged"
  | "special"
  | "too-large"
  | "no-space";

/** Something in scope that exists and could not be captured. */
export interface Omission {
  readonly path: Path;
  readonly reason: OmissionReason;
  readonly detail: string;
}

/** Worth knowing, nothing lost: a file that vanished before it was read, or grew while it was; a socket, which holds nothing. */
export interface CaptureNote {
  readonly path: Path;
  readonly note:
    | "vanished"
    | "grew"
    | "link-out"
    | "odd-name"
    | "special"
    | "database"
    | "checkout"
    | "plugin"
    | "config"
    | "uncovered"
    | "rule-overruled";
  readonly detail: string;
}

interface EntryFacts {
  readonly path: Path;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly class: BackupClass;
  /** All that the system told of it, for a format that keeps owners, inodes and the number of links. */
  readonly stat: FileStat;
}

/**
 * One step of a capture, in the order both formats can store: roots in turn, each directory before what it holds, names in byte
 * order, the first of several hard links as a file. The content of a file must be consumed before the next entry is asked for, and each chunk
 * of it before the next one: all are read into the same memory.
 * The shape is that of `archive`'s input, so that an archive takes the stream as it is.
 */
export type CaptureEntry =
  | (EntryFacts & { readonly type: "dir" })
  | (EntryFacts & {
      readonly type: "file";
      readonly sizeBytes: number;
      readonly content: Uint8Array | AsyncIterable<Uint8Array>;
      readonly settle?: (() => Omission | undefined) | undefined;
      readonly damaged?: boolean | undefined;
      /** As `CaptureOptions.previous` has it: it was not read, and `content` is empty. */
      readonly unchanged?: boolean | undefined;
      /** A consistent copy made by SQLite; sizes and content are the copy's, mode and time the original's. */
      readonly database?:
        | {
            /** Undefined for one that is unchanged. */
            readonly userVersion: number | undefined;
            readonly findings: readonly string[];
            /** What it looked like just before it was copied; undefined where that could not be told. */
            readonly identity: DatabaseIdentity | undefined;
          }
        | undefined;
    })
  | (EntryFacts & { readonly type: "symlink"; readonly target: Path })
  | (EntryFacts & { readonly type: "hardlink"; readonly target: Path })
  | { readonly type: "omission"; readonly omission: Omission };

/** What a run has met so far; read it after the last entry. */
export interface CaptureReport {
  readonly databases: number;
  readonly omissions: readonly Omission[];
  /** At most 1,000; `notesTotal` counts all. */
  readonly notes: readonly CaptureNote[];
  readonly notesTotal: number;
  /** The global or an agent database is missing or damaged. */
  readonly degraded: boolean;
}

/** A capture under way: iterate once; dispose it in every case (it holds database copies). */
export interface Capture extends AsyncIterable<CaptureEntry>, AsyncDisposable {
  report(): CaptureReport;
}

/** How many files and bytes one line of a dry run speaks of. */
export interface Tally {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Where a rule comes from: built in because the content can be made again, the user's `exclude.json`, a flag of this run, or
 * because it is Clawback's own (home, storages, earlier backups).
 */
export type RuleSource = "regenerable" | "exclude.json" | "flag" | "own";

/** What a capture would take and leave, without reading any content but the headers of possible databases. */
export interface CapturePlan {
  readonly roots: readonly { readonly kind: string; readonly path: Path }[];
  readonly included: Tally;
  readonly databases: readonly {
    readonly path: Path;
    readonly sizeBytes: number;
    readonly essential: boolean;
  }[];
  /** Per class: what goes in, and what stays out because the class was not asked for. */
  readonly classes: readonly {
    readonly class: BackupClass;
    readonly included: Tally;
    readonly excluded: Tally;
  }[];
  /** What each rule keeps out, largest first; what lies below a directory that it leaves out is counted too. */
  readonly rules: readonly {
    readonly rule: string;
    readonly source: RuleSource;
    readonly excluded: Tally;
    /** A few of the places, for a reader. */
    readonly examples: readonly Path[];
  }[];
  readonly notes: readonly CaptureNote[];
  readonly problems: readonly Omission[];
}
