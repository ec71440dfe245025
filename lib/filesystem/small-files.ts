import { closeSync, constants, openSync, readSync } from "node:fs";
import { BackupError, formatSize, quote } from "../base/index.ts";
import { isAbsence, unreadable } from "./failures.ts";
import { fsPath } from "./path.ts";
import { statOpen } from "./stat.ts";
import type { FileStat, Path } from "./types.ts";
import { listNames } from "./walk.ts";

/**
 * Reads a whole small file; links are followed.
 * @returns undefined when nothing is there.
 * @throws BackupError `source-unreadable`, also for what is not a regular file; `limit-exceeded` above `maxBytes`.
 */
export function readFileIfExists(path: Path, maxBytes: number): Uint8Array | undefined {
  let fd: number;
  try {
    fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  }
  try {
    return readWhole(fd, path, maxBytes);
  } catch (error) {
    throw error instanceof BackupError ? error : unreadable(path, error);
  } finally {
    closeSync(fd);
  }
}

/** {@link readFileIfExists} as text; bytes that are not UTF-8 become U+FFFD, and a byte order mark is dropped. */
export function readTextIfExists(path: Path, maxBytes: number): string | undefined {
  const bytes = readFileIfExists(path, maxBytes);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/**
 * The names in a directory, in byte order; a link to a directory is followed.
 * @returns undefined when no directory is there.
 * @throws BackupError `source-unreadable`
 */
export function listDirectory(path: Path): readonly Path[] | undefined {
  try {
    return listNames(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  }
}

function readWhole(fd: number, path: Path, maxBytes: number): Uint8Array {
  const stat = statOpen(fd);
  assertRegular(stat, path);
  // The size is a guess: files of /proc say 0, and a file may grow while it is read. One byte more shows the end.
  const pieces: Buffer[] = [];
  let total = 0;
  for (let piece = Buffer.allocUnsafe(Math.min(stat.sizeBytes, maxBytes) + 1); ; ) {
    const count = readSync(fd, piece, 0, piece.length, null);
    total += count;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    if (count === 0) return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
    piece = Buffer.allocUnsafe(Math.min(64 * 1024, maxBytes - total + 1));
  }
}

function assertRegular(stat: FileStat, path: Path): void {
  if (stat.type === "file") return;
  throw new BackupError("source-unreadable", `${quote(path)} is not a regular file`, {
    details: { path, systemCode: stat.type === "dir" ? "EISDIR" : "EFTYPE" },
  });
}

function tooLarge(path: Path, maxBytes: number): BackupError {
  return new BackupError(
    "limit-exceeded",
    `${quote(path)} is larger than ${formatSize(maxBytes)}, the most that is read of such a file`,
    { details: { path, maxBytes } },
  );
}
