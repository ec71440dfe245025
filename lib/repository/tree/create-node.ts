import { formatTimestamp } from "../timestamp.ts";
import type { Id } from "../types.ts";
import { modeOf } from "./mode.ts";
import type { Node } from "./types.ts";

/** What lstat tells of a file; the shape of the filesystem module's `FileStat`, devices apart. */
export interface FileFacts {
  readonly type: "file" | "dir" | "symlink" | "fifo" | "socket";
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

/** What lstat does not tell. */
export interface NodeContent {
  /** Of a file. @default [] for a file */
  readonly content?: readonly Id[] | undefined;
  /** Of a directory. */
  readonly subtree?: Id | undefined;
  readonly linkTarget?: string | undefined;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** Minutes east of Greenwich in which times are written. @default this machine's zone at each time, as restic has it */
  readonly utcOffsetMinutes?: number | undefined;
}

/**
 * Makes the node that restic would make of the same file: the access time is the modification time, only files have a size, only files and
 * links count their links, and only hard links keep their device.
 *
 * @param name - One path segment, see `Node.name`.
 */
export function createNode(name: string, facts: FileFacts, content: NodeContent): Node {
  const { type } = facts;
  const mtime = formatTimestamp(facts.mtimeNs, content.utcOffsetMinutes);
  const links = type === "file" || type === "symlink" ? BigInt(facts.nlink) : undefined;
  return {
    name,
    type,
    mode: modeOf(type, facts.mode),
    mtime,
    atime: mtime,
    ctime: formatTimestamp(facts.ctimeNs, content.utcOffsetMinutes),
    uid: facts.uid,
    gid: facts.gid,
    user: content.user,
    group: content.group,
    inode: facts.ino,
    deviceId: links !== undefined && links > 1n ? facts.dev : undefined,
    sizeBytes: type === "file" ? BigInt(facts.sizeBytes) : undefined,
    links,
    linkTarget: content.linkTarget,
    content: type === "file" ? (content.content ?? []) : null,
    subtree: content.subtree,
  };
}
