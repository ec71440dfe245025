/**
 * Paths are strings. A byte of a name that is not valid UTF-8 stands as the lone surrogate U+DC00 + byte (as in Python's
 * surrogateescape), so that every name survives a round trip through strings and JSON; `fsPath` turns such a path into the
 * Buffer that `node:fs` needs.
 */
export type Path = string;

export type FileType = "file" | "dir" | "symlink" | "fifo" | "socket" | "device";

/** What lstat tells, with nothing lost. */
export interface FileStat {
  readonly type: FileType;
  readonly sizeBytes: number;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
}

/** One entry met on a walk. */
export interface WalkedEntry {
  /** Absolute. */
  readonly path: Path;
  /** Relative to the walk's root, `/` between segments; empty for the root itself. */
  readonly relativePath: Path;
  readonly name: Path;
  readonly stat: FileStat;
}

/** Something on the way that could not be looked at. */
export interface WalkProblem {
  readonly path: Path;
  readonly relativePath: Path;
  /** `vanished`: gone between listing and looking. `unreadable`: permission or I/O error. */
  readonly problem: "vanished" | "unreadable";
  /** Node's error code: ENOENT, EACCES, EIO, … */
  readonly systemCode: string;
}

export interface WalkOptions {
  /** Called for each entry before it is given; `false` leaves it out, with everything below it if it is a directory. */
  readonly filter?: ((entry: WalkedEntry) => boolean) | undefined;
  readonly onProblem?: ((problem: WalkProblem) => void) | undefined;
  /** Do not enter directories on another device than the root's. @default false */
  readonly oneFileSystem?: boolean | undefined;
}

/** An open regular file to be captured. Opened with O_NOFOLLOW | O_NONBLOCK, so that a swapped-in link or fifo does no harm. */
export interface SourceFile extends Disposable {
  readonly path: Path;
  /** fstat right after opening. */
  readonly stat: FileStat;
  /** Reads up to `length` bytes at `offset`, fewer only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  /** Like `read`, as many bytes as `buffer` is long; into it, for whoever reads much and can reuse it. @returns the part that was filled */
  readInto(buffer: Buffer, offset: number): Uint8Array;
  /** fstat now; capture compares it with `stat` to learn whether the file changed while it was read. */
  restat(): FileStat;
}

export interface NewFile {
  readonly mode: number;
  readonly mtimeNs?: bigint | undefined;
  /** The content was compared with a hash before it came here, so that nobody needs another. @default false */
  readonly isProved?: boolean | undefined;
}

export interface WrittenFile {
  readonly sizeBytes: number;
  /** 64 lowercase hex digits; none of a content that was proved before. */
  readonly sha256: string | undefined;
}

export interface TreeLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxNameBytes: number;
}

/**
 * Writes a tree below one fresh directory and never outside it.
 *
 * Every path is relative to that directory. Refused with `path-outside-target`: absolute paths, empty, `.` and `..` segments, NUL, anything
 * whose parent is not a directory made here. Refused with `data-corrupt`: a path twice (twins by case or Unicode form only where
 * this filesystem folds them). Files are created with O_EXCL | O_NOFOLLOW; links are kept back and made by `finish`, so nothing is ever
 * written through one. setuid, setgid and sticky bits are dropped; the owner can always read and write.
 */
export interface TreeWriter extends AsyncDisposable {
  readonly root: Path;
  /** Makes a directory (and, with mode 0700, parents not seen yet). Its mode and time are applied by `finish`. */
  addDirectory(path: Path, facts: NewFile): void;
  /** Writes a file; its parents are made with mode 0700 when they are missing. */
  addFile(
    path: Path,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    facts: NewFile,
  ): Promise<WrittenFile>;
  /** Records a symbolic link; made last, wherever it points. */
  addSymlink(path: Path, target: Path, facts: { readonly mtimeNs?: bigint | undefined }): void;
  /** Records a hard link to a file written here; anything else is refused with `data-corrupt`. */
  addHardlink(path: Path, target: Path): void;
  /** Makes the links, applies directory modes and times (deepest first), and flushes everything to disk with one syncfs. */
  finish(): Promise<void>;
}

/** A private directory (0700) that removes itself when disposed; see `createPrivateDirectory`. */
export interface PrivateDirectory extends AsyncDisposable {
  readonly path: Path;
}
