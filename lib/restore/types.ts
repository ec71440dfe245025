import type { ArchiveContents } from "../archive/index.ts";
import type { BackupError, OperationOptions, Secret } from "../base/index.ts";
import type { Backup } from "../catalog/index.ts";
import type { Path, SourceFile } from "../filesystem/index.ts";
import type { Installation } from "../openclaw/index.ts";
import type { Id, OpenedFile } from "../repository/index.ts";

/** What a restore reads. */
export type RestoreSource = ArchiveSource | SnapshotSource;

/** Where the bytes of an archive come from. `open` may be called again; each call starts at the first byte. */
export interface ArchiveSource {
  readonly snapshot?: undefined;
  /** For messages: `backup 2026…-k3f9xq in storage s3`, `file /tmp/x.tar.gz`. */
  readonly label: string;
  readonly backup: Backup | undefined;
  readonly sizeBytes: number | undefined;
  /** SHA-256 of the stored bytes, compared while they are read. */
  readonly sha256: string | undefined;
  open(): AsyncIterable<Uint8Array>;
  /** Reading it costs little, as with a file on this machine: the plan reads it once to know exactly what it holds. @default false */
  readonly isAtHand?: boolean | undefined;
  /** The file list stored beside it (decrypted by the caller's keys), when there is one. */
  fileList(): Promise<Uint8Array | undefined>;
}

/** A snapshot of a repository that is open. */
export interface SnapshotSource {
  /** For messages: `snapshot 3f2a91c0 in storage s3`. */
  readonly label: string;
  readonly backup: Backup | undefined;
  readonly sizeBytes?: undefined;
  readonly snapshot: SnapshotContents;
}

/** What a restore takes of a snapshot's own report (`SnapshotReport` of the catalog). */
export interface SnapshotFacts {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly openclaw: { readonly version: string };
  readonly paths: {
    readonly stateDir: Path;
    readonly configPath: Path;
    readonly oauthDir: Path;
    readonly workspaceDirs: readonly Path[];
    readonly agentRoots: readonly { readonly agentId: string; readonly sourcePath: Path }[];
  };
  /** The trees that were captured. */
  readonly assets: ArchiveContents["assets"];
  /** As an archive's manifest records it, see `lib/backup/scope.ts`. */
  readonly scope: object;
  readonly omissions: readonly {
    readonly path: Path;
    readonly reason: string;
    readonly detail: string;
  }[];
  /** With what the live one looked like then (`DatabaseIdentity.text`), where that could be told. */
  readonly databases?:
    | readonly { readonly path: Path; readonly identity?: string | undefined }[]
    | undefined;
}

export interface SnapshotEntry {
  /** Absolute: the tree's own path below its root; that of a damaged database's raw bytes is the database's. */
  readonly path: Path;
  /** Raw bytes of a database that could not be captured. */
  readonly isDamaged?: true | undefined;
  readonly type: "file" | "dir" | "symlink" | "hardlink";
  /** 0 to 0o7777. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly sizeBytes: number;
  /** Of a symbolic link its text, of a hard link the path of the file before it. */
  readonly target?: Path | undefined;
  /** Data blobs of a file in order; of a hard link, those of its file. */
  readonly content: readonly Id[];
}

export interface SnapshotListing {
  /** Each directory before what it holds, each file before its hard links. */
  readonly entries: readonly SnapshotEntry[];
  /** Devices, sockets and the like, which are passed over. */
  readonly odd: readonly { readonly path: Path; readonly type: string }[];
}

export interface ListSnapshotOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each directory or node that cannot be read; the listing goes on without it. */
  readonly onProblem?: ((path: Path, error: BackupError) => void) | undefined;
}

/** What a snapshot holds. */
export interface SnapshotContents {
  /** Undefined for one that another tool made: nothing tells what it was meant to hold. */
  readonly facts: SnapshotFacts | undefined;
  /**
   * Lists it, without what Clawback stored about it. Read once, and kept.
   * @throws BackupError `data-missing`, `data-corrupt`, unless `onProblem` is told of them
   */
  list(options?: ListSnapshotOptions): Promise<SnapshotListing>;
  /** Whether a live file has an entry's content to the last byte. Reads nothing of the repository. */
  hasContent(entry: Pick<SnapshotEntry, "content">, file: SourceFile): boolean;
  /** Opens files, in the order in which they are quickest to read. Content that cannot be read throws, naming file and pack. */
  readFiles(
    entries: Iterable<SnapshotEntry>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<OpenedFile<SnapshotEntry>>;
}

export interface PlanRestoreOptions extends OperationOptions {
  readonly source: RestoreSource;
  /** Restores elsewhere, into a directory that is new or empty; nothing live is touched. */
  readonly target?: Path | undefined;
  /** Where the installation is or would be: its state directory is the target of a restore in place. */
  readonly stateDir: Path;
  /** What is live there now; undefined on an empty machine. */
  readonly installation: Installation | undefined;
  /** Only these: absolute, or relative to the state directory. */
  readonly only?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly passphrases: readonly Secret[];
  readonly privateKeys: readonly Uint8Array[];
  /** Take the backup's gateway token instead of keeping this host's. @default false */
  readonly overwriteGatewayToken?: boolean | undefined;
  /** `uid:gid` for everything restored; by default the owner of the target or its parent, when running as root. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Clawback's home: refused as a target, and where the journal lies. */
  readonly home: Path;
  /** Directories of ours that may lie in what is replaced, such as directory storages: they stay where they are. */
  readonly ownPaths?: readonly Path[] | undefined;
  /**
   * This machine's standing exclusion rules for a live root, in gitignore syntax. Only for the preview: the backup's own rules, which
   * decide, stand at the end of its archive.
   */
  readonly standingRules?: ((root: Path) => StandingRules) | undefined;
  readonly now: Date;
}

export interface StandingRules {
  readonly excluded: readonly string[];
  readonly included: readonly string[];
}

export interface PathChange {
  readonly path: Path;
  readonly sizeBytes: number;
}

/** What a restore would do, as plain data. Paths are absolute where they will stand. */
export interface RestorePlan {
  readonly source: string;
  readonly backup: Backup | null;
  readonly mode: "in-place" | "partial" | "elsewhere";
  readonly target: Path;
  /** Every tree that is swapped: the state directory and external roots. */
  readonly roots: readonly {
    readonly from: string;
    readonly to: Path;
    readonly exists: boolean;
    readonly strategy: "rename" | "children";
  }[];
  readonly added: ChangeSet;
  readonly changed: ChangeSet;
  readonly removed: ChangeSet;
  /** Live paths outside the backup's scope, carried over by rename. */
  readonly kept: ChangeSet;
  readonly databases: readonly {
    readonly path: Path;
    readonly sizeBytes: number;
    readonly action: "restore" | "keep-live";
  }[];
  readonly preRestore: readonly Path[];
  readonly bytesNeeded: number;
  readonly bytesAvailable: number;
  readonly warnings: readonly string[];
  /** False where there is no file list (native, plain): the changes are counted only after staging. */
  readonly exact: boolean;
}

export interface ChangeSet {
  readonly count: number;
  readonly bytes: number;
  /** At most 20, byte order. */
  readonly examples: readonly PathChange[];
}

export interface RestoreReport {
  readonly backup: Backup | null;
  readonly target: Path;
  /** Where the state that was there is kept now. */
  readonly preRestore: Path | null;
  readonly plan: RestorePlan;
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly warnings: readonly string[];
  readonly durationMs: number;
}
