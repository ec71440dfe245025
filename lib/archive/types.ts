import type { OperationOptions, Secret } from "../base/index.ts";

/** Something in scope that exists and could not be captured. */
export interface Omission {
  /** Absolute source path. */
  readonly path: string;
  readonly reason: OmissionReason;
  readonly detail: string;
}

export type OmissionReason =
  | "unreadable"
  | "changed"
  | "locked"
  | "damaged"
  | "special"
  | "too-large"
  | "no-space";

interface EntryFacts {
  /** Absolute source path; lone surrogates U+DC80…U+DCFF stand for bytes that are not UTF-8. */
  readonly path: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
  /** One of OpenClaw's backup classes; recorded, not interpreted. */
  readonly class: string;
}

/**
 * What `writeArchive` is fed, in the order it shall stand: each directory before what it holds, each hard link's target before the link.
 * A content may be reused once the next entry, and a chunk once the next chunk is asked for.
 */
export type ArchiveInput =
  | (EntryFacts & { readonly type: "dir" })
  | (EntryFacts & {
      readonly type: "file";
      readonly sizeBytes: number;
      /** Whole small files, or chunks. Chunks short of `sizeBytes` are padded with zeros, longer ones cut; `settle` then says why. */
      readonly content: Uint8Array | AsyncIterable<Uint8Array>;
      /** Called once the content has been read; an omission means that what was stored is not the file and must not be restored. */
      readonly settle?: (() => Omission | undefined) | undefined;
      /** Stored below `clawback/damaged/` instead of its place (raw bytes of a damaged database). @default false */
      readonly damaged?: boolean | undefined;
    })
  | (EntryFacts & { readonly type: "symlink"; readonly target: string })
  /** `target` is the absolute source path of a file given before. */
  | (EntryFacts & { readonly type: "hardlink"; readonly target: string })
  | { readonly type: "omission"; readonly omission: Omission };

/** What the OpenClaw manifest and our `clawback` object in it say; counts are added by the writer. */
export interface ManifestInput {
  /** One path segment: `2026-11-21T03-00-00.000+00-00-openclaw-backup`. */
  readonly archiveRoot: string;
  readonly createdAt: Date;
  /** OpenClaw's version, or `unknown`. */
  readonly runtimeVersion: string;
  readonly platform: string;
  readonly nodeVersion: string;
  readonly includeWorkspace: boolean;
  readonly onlyConfig: boolean;
  readonly paths: {
    readonly stateDir: string;
    readonly configPath: string;
    readonly oauthDir: string;
    readonly workspaceDirs: readonly string[];
    readonly agentRoots: readonly { readonly agentId: string; readonly sourcePath: string }[];
  };
  /** Roots that were captured. One whose path held nothing is left out of the manifest by the writer. */
  readonly assets: readonly { readonly kind: string; readonly sourcePath: string }[];
  readonly skipped: readonly {
    readonly kind: string;
    readonly sourcePath: string;
    readonly reason: string;
  }[];
  /** Written as the `clawback` object: backup id, instance, scope, our version, … */
  readonly clawback: Readonly<Record<string, unknown>>;
}

export interface WriteArchiveOptions extends OperationOptions {
  readonly manifest: ManifestInput;
  /** 0 (store) to 9. @default 1: 2.4 times as fast as gzip's 6 for 8 % more bytes (perf.md) */
  readonly compressionLevel?: number | undefined;
}

/** What went into an archive; complete once its bytes have been read to the end. */
export interface ArchiveSummary {
  /** Regular files and hard links stored. */
  readonly files: number;
  /** Their bytes before compression (a hard link counts nothing). */
  readonly bytes: number;
  readonly omissions: readonly Omission[];
  /** `files.jsonl` with `memberOffset` added to each file, gzipped; stored beside the archive. */
  readonly fileListGz: Uint8Array;
}

/** An archive being written: iterate it once to the end, then take the summary. */
export interface ArchiveStream extends AsyncIterable<Uint8Array> {
  /** @throws BackupError `internal` before the iteration has ended */
  summary(): ArchiveSummary;
}

export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Of all contents together. */
  readonly maxBytes: number;
  readonly maxPathBytes: number;
  readonly maxDepth: number;
  /** Unpacked bytes per packed byte, checked once 64 MiB have been unpacked. */
  readonly maxExpansion: number;
  readonly maxManifestBytes: number;
}

/** One entry read from an archive of any accepted kind. */
export interface ArchiveEntry {
  readonly type: "file" | "dir" | "symlink" | "hardlink";
  /**
   * `payload`: part of the installation. `damaged`: raw bytes of a damaged database of ours. Manifest and file list are kept back
   * by the reader; anything else below the root is `foreign`.
   */
  readonly role: "payload" | "damaged" | "foreign";
  /** The source path, own name restored: absolute for OpenClaw archives, relative to the tar's top for plain tars. */
  readonly path: string;
  /** The name in the tar. */
  readonly storedPath: string;
  readonly mode: number;
  readonly mtimeNs: bigint | undefined;
  readonly sizeBytes: number;
  /** For links: a symlink's text as it is; a hard link's target as a `path`. */
  readonly target: string | undefined;
  /**
   * Read before the next entry is asked for; what was not read is skipped. Empty for all but files. The first chunk has at least 4 KiB, or
   * all there is, so that a format can be told from it. Each chunk is valid until the next one is asked for.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What is known once an archive has been read to its end. */
export interface ArchiveContents {
  readonly kind: "clawback" | "openclaw" | "plain";
  readonly archiveRoot: string | undefined;
  readonly createdAt: string | undefined;
  readonly runtimeVersion: string | undefined;
  /** Absolute; undefined for plain tars. */
  readonly stateDir: string | undefined;
  readonly configPath: string | undefined;
  readonly assets: readonly { readonly kind: string; readonly sourcePath: string }[];
  /** The manifest's `clawback` object, for our own archives. */
  readonly clawback: Readonly<Record<string, unknown>> | undefined;
  /** Lines of `files.jsonl`, for our own archives. */
  readonly fileList: FileList | undefined;
  readonly entries: number;
  readonly bytes: number;
  /** What was passed over on the way: odd entries of plain tars, data behind the end of the archive. */
  readonly findings: readonly Finding[];
}

/** A parsed `files.jsonl`. */
export interface FileList {
  readonly entries: readonly FileListEntry[];
  readonly omissions: readonly Omission[];
}

export interface FileListEntry {
  /** Relative to the archive's root: `payload/posix/home/u/.openclaw/openclaw.json`; own name, not the escaped one. */
  readonly path: string;
  /** The name in the tar below the root, where it differs from `path`. */
  readonly storedAs?: string | undefined;
  readonly type: "file" | "dir" | "symlink" | "hardlink";
  readonly sizeBytes: number;
  readonly mode: number;
  /** ISO 8601 with nanoseconds: `2026-11-21T03:00:00.123456789Z`. */
  readonly mtime: string;
  readonly sha256?: string | undefined;
  readonly target?: string | undefined;
  readonly class: string;
  /** What was stored is not the file (an omission of this path says why); it must not be restored. */
  readonly incomplete?: true | undefined;
  /** The entry is in this list only, because the tar could not hold it; the reader gives it all the same. */
  readonly listedOnly?: true | undefined;
  /** Byte offset of the gzip member in which the file's tar header begins; only in the list stored beside an archive. */
  readonly memberOffset?: number | undefined;
}

/** Reads one archive, front to back, once. */
export interface ArchiveReader extends AsyncIterable<ArchiveEntry> {
  /** @throws BackupError `internal` before the iteration has ended */
  contents(): ArchiveContents;
}

/** A difference between what an archive holds and what it says it holds. */
export interface Finding {
  readonly code: "data-corrupt" | "data-missing" | "manifest-mismatch" | "unsupported-format";
  readonly path?: string | undefined;
  readonly message: string;
}

export interface EncryptOptions {
  readonly passphrases: readonly Secret[];
  /** OpenPGP public keys, armored or binary. */
  readonly publicKeys: readonly Uint8Array[];
}

export interface DecryptOptions {
  readonly passphrases: readonly Secret[];
  /** OpenPGP private keys, armored or binary, unlocked by the passphrases where they are locked. */
  readonly privateKeys: readonly Uint8Array[];
}
