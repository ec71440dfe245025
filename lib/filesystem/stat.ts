import {
  type BigIntStats,
  constants,
  fstatSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { BackupError, quote, systemCode } from "../base/index.ts";
import { isAbsence, unreadable } from "./failures.ts";
import { compareBytes, fsPath, isSameOrInside, pathFromBuffer } from "./path.ts";
import type { FileStat, FileType, Path } from "./types.ts";

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "dir"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
]);

/** Turns what Node tells into a {@link FileStat}; block and character devices are both `device`. */
export function toFileStat(stats: BigIntStats): FileStat {
  const mode = Number(stats.mode);
  return {
    type: TYPES.get(mode & constants.S_IFMT) ?? "device",
    sizeBytes: Number(stats.size),
    mode: mode & 0o7777,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    dev: stats.dev,
    ino: stats.ino,
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

/**
 * Looks at one path without following it.
 * @returns undefined when nothing is there.
 * @throws BackupError `source-unreadable`
 */
export function statPath(path: Path): FileStat | undefined {
  return look(path, () => {
    // Most questions are about what is not there, and an exception costs ten times the call.
    const stats = lstatSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : toFileStat(stats);
  });
}

export function statOpen(fd: number): FileStat {
  return toFileStat(fstatSync(fd, { bigint: true }));
}

/** Whether something is there: a link counts, wherever it points. */
export function pathExists(path: Path): boolean {
  return statPath(path) !== undefined;
}

/**
 * The text of a symbolic link, as stored.
 * @returns undefined when nothing, or no link, is there.
 * @throws BackupError `source-unreadable`
 */
export function readLinkTarget(path: Path): Path | undefined {
  try {
    return pathFromBuffer(readlinkSync(fsPath(path), { encoding: "buffer" }));
  } catch (error) {
    if (isAbsence(error) || systemCode(error) === "EINVAL") return undefined;
    throw unreadable(path, error);
  }
}

/**
 * The absolute path with every link resolved.
 * @returns undefined when nothing is there, or a link leads nowhere.
 * @throws BackupError `source-unreadable`
 */
export function realPath(path: Path): Path | undefined {
  return look(path, () =>
    pathFromBuffer(realpathSync.native(fsPath(path), { encoding: "buffer" })),
  );
}

/**
 * The device that holds `path` (links followed).
 * @throws BackupError `path-not-found` when nothing is there.
 */
export function deviceOf(path: Path): bigint {
  const stats = look(path, () => statSync(fsPath(path), { bigint: true }));
  if (stats !== undefined) return stats.dev;
  throw new BackupError("path-not-found", `${quote(path)} does not exist`, { details: { path } });
}

/**
 * Whether a filesystem is mounted at this directory, so that it cannot be renamed. Bind mounts within one filesystem are known
 * on Linux only. `path` is absolute.
 */
export function isMountPoint(path: Path): boolean {
  const real = realPath(path);
  if (real === undefined) return false;
  if (real === "/" || deviceOf(real) !== deviceOf(dirname(real))) return true;
  return readMountPoints().some((mountPoint) => mountPoint === real);
}

/**
 * The places strictly below a directory (links in its own path resolved) where something is mounted, a single file perhaps; in
 * byte order. Known on Linux only.
 */
export function mountPointsBelow(directory: Path): Path[] {
  const real = realPath(directory);
  if (real === undefined) return [];
  const found = readMountPoints().filter((point) => point !== real && isSameOrInside(point, real));
  return [...new Set(found)].sort(compareBytes);
}

/**
 * Equal for paths between which a rename is possible: the mount that holds the path (links followed), and its device, because some
 * filesystems divide a mount. `path` exists.
 */
export function renameDomain(path: Path): string {
  const real = realPath(path) ?? path;
  const holding = readMountPoints().filter((point) => isSameOrInside(real, point));
  const deepest = holding.reduce((a, b) => (b.length > a.length ? b : a), "/");
  return `${deviceOf(path)}:${deepest}`;
}

/** Field 5 of /proc/self/mountinfo, where space, tab, newline and backslash are octal escapes. */
function readMountPoints(): Path[] {
  try {
    const table = readFileSync("/proc/self/mountinfo", "latin1");
    return table.split("\n").map((line) => {
      const field = line.split(" ")[4] ?? "";
      const bytes = field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return pathFromBuffer(Buffer.from(bytes, "latin1"));
    });
  } catch {
    return [];
  }
}

function look<T>(path: Path, lookAt: () => T): T | undefined {
  try {
    return lookAt();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  }
}
