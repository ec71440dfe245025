/**
 * Writes a tree from untrusted input below one fresh directory, and never outside it.
 *
 * Why that holds: the root is a directory that only this user can enter; every directory below is made by `mkdir` and remembered,
 * and nothing is written whose parent is not one of them; files are opened with O_EXCL | O_NOFOLLOW; links are recorded and made when
 * all else is written. So while files are written there is no link in the tree that could be followed. Twins by case or
 * Unicode form need no table: where the filesystem folds them, O_EXCL and `mkdir` meet the first one.
 *
 * Memory: about 250 bytes for each directory and link; files leave nothing behind, because the filesystem itself knows
 * which exist. 100,000 directories and links are 25 MB; `limits.maxEntries` bounds them.
 *
 * @module
 */
import { chmodSync, mkdirSync } from "node:fs";
import { systemCode } from "../../base/index.ts";
import { unwritable } from "../failures.ts";
import { fsPath } from "../path.ts";
import { listDirectory } from "../small-files.ts";
import { statPath } from "../stat.ts";
import type { Path, TreeLimits, TreeWriter } from "../types.ts";
import type { Owner } from "./new-file.ts";
import { RootedTreeWriter } from "./rooted-tree-writer.ts";

export interface TreeWriterOptions {
  readonly limits: TreeLimits;
  /** Given to everything below the root, and to the root; only the superuser may. @default this process's own */
  readonly owner?: Owner | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a writer on a directory that it makes, or that exists and is empty. Its mode becomes 0700.
 *
 * Disposing the writer before `finish` has succeeded removes all that was written, and the directory if it was made here.
 * @throws BackupError `target-not-empty`, `path-not-found`, `no-space`, `home-unusable`
 */
export async function createTreeWriter(
  root: Path,
  options: TreeWriterOptions,
): Promise<TreeWriter> {
  const wasMade = makeRoot(root);
  return new RootedTreeWriter(root, { ...options, wasMade });
}

/** Makes the root, or takes an empty directory; a link to one is refused. Tells whether it was made. */
function makeRoot(root: Path): boolean {
  try {
    mkdirSync(fsPath(root), { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST" || !isEmptyDirectory(root)) throw unwritable(root, error);
  }
  try {
    chmodSync(fsPath(root), 0o700);
    return false;
  } catch (error) {
    throw unwritable(root, error);
  }
}

function isEmptyDirectory(path: Path): boolean {
  return statPath(path)?.type === "dir" && listDirectory(path)?.length === 0;
}
