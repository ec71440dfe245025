import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { BackupError, quote, systemCode } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsyncDirectory } from "./flush.ts";
import { fsPath } from "./path.ts";
import { pathExists, statPath } from "./stat.ts";
import type { Path } from "./types.ts";
import { walk } from "./walk.ts";

/**
 * Removes a file or tree; links are removed, not followed. Directories that this user owns and may not write are opened first.
 * Nothing there is no failure.
 */
export function removeTree(path: Path): void {
  try {
    rmSync(fsPath(path), { recursive: true, force: true });
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EACCES" && code !== "EPERM") throw unwritable(path, error);
    openDirectories(path);
    removeOpened(path);
  }
}

function removeOpened(path: Path): void {
  try {
    rmSync(fsPath(path), { recursive: true, force: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}

function openDirectories(root: Path): void {
  for (const { path, stat } of walk(root)) {
    if (stat.type !== "dir" || (stat.mode & 0o700) === 0o700) continue;
    try {
      chmodSync(fsPath(path), stat.mode | 0o700);
    } catch {
      // Not ours: the removal itself says what is in the way.
    }
  }
}

/**
 * Renames a file, link or tree within one filesystem, and makes that durable.
 * @throws BackupError `target-not-empty` when something is at `to`; `path-not-found` when nothing is at `from`.
 */
export function movePath(from: Path, to: Path): void {
  if (statPath(from) === undefined) {
    throw new BackupError("path-not-found", `${quote(from)} does not exist`, {
      details: { path: from },
    });
  }
  if (pathExists(to)) {
    throw new BackupError("target-not-empty", `${quote(to)} exists already`, {
      details: { path: to },
    });
  }
  try {
    renameSync(fsPath(from), fsPath(to));
  } catch (error) {
    throw unwritable(to, error);
  }
  fsyncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) fsyncDirectory(dirname(from));
}
