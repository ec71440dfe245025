import type { JsonObject } from "../go-json/index.ts";
import type { Timestamp } from "../timestamp.ts";
import type { Id } from "../types.ts";

export const NODE_TYPES = [
  "file",
  "dir",
  "symlink",
  "dev",
  "chardev",
  "fifo",
  "socket",
  "irregular",
] as const;

export type NodeType = (typeof NODE_TYPES)[number];

export interface ExtendedAttribute {
  readonly name: string;
  /** Base64, as stored. restic stores `null` for an empty value. */
  readonly value: string | null;
}

/**
 * One entry of a directory. What restic holds in a `uint64` is a bigint here, because inodes of some filesystems exceed 2^53.
 * Fields that may be undefined are left out of the stored form when they are zero or empty.
 */
export interface Node {
  /** One path segment: not empty, `.` or `..`, no `/` or NUL. Bytes that are not UTF-8 as `bytesOfText` has them. */
  readonly name: string;
  readonly type: NodeType;
  /** Go's `os.FileMode`, not the system's: see `modeOf` and `permissionsOf`. */
  readonly mode: number;
  readonly mtime: Timestamp;
  /** Equal to `mtime` unless somebody asked restic for access times. */
  readonly atime: Timestamp;
  readonly ctime: Timestamp;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly inode?: bigint | undefined;
  /** Of hard links only (more than one link); restic before 0.17 stored it for every node. */
  readonly deviceId?: bigint | undefined;
  readonly sizeBytes?: bigint | undefined;
  readonly links?: bigint | undefined;
  /** Of a symbolic link; bytes that are not UTF-8 as in `name`. */
  readonly linkTarget?: string | undefined;
  readonly extendedAttributes?: readonly ExtendedAttribute[] | undefined;
  /** Of Windows. Kept as read, never looked at. */
  readonly genericAttributes?: JsonObject | undefined;
  /** Number of a device node. */
  readonly device?: bigint | undefined;
  /** Data blobs of a file in order (empty for an empty file); null for every other type. */
  readonly content: readonly Id[] | null;
  /** Tree blob of a directory. */
  readonly subtree?: Id | undefined;
  /** What restic could not read of this node. */
  readonly error?: string | undefined;
  /** Fields that this version does not know, in their order; written again after the known ones. */
  readonly unknown?: JsonObject | undefined;
}

/** The listing of one directory: strictly ascending by the bytes of the names. */
export interface Tree {
  readonly nodes: readonly Node[];
  /** Fields beside `nodes`; written again after them. */
  readonly unknown?: JsonObject | undefined;
}
