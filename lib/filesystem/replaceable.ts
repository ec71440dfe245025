import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { fsPath } from "./path.ts";
import { deviceOf, isMountPoint } from "./stat.ts";
import type { Path } from "./types.ts";

/**
 * Whether a directory can be replaced by renaming it and another one beside it: nothing is mounted there, and its parent lies on the same
 * filesystem and may be written. Otherwise only what it holds can be replaced. `path` exists and has no links in it.
 */
export function isReplaceable(path: Path): boolean {
  const parent = dirname(path);
  return !isMountPoint(path) && deviceOf(path) === deviceOf(parent) && isWritable(parent);
}

/** Whether this user may put names into a directory and take them out of it. */
export function isWritable(directory: Path): boolean {
  try {
    accessSync(fsPath(directory), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
