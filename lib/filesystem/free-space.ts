import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isAbsence, unreadable } from "./failures.ts";
import { fsPath } from "./path.ts";
import type { Path } from "./types.ts";

export interface FreeSpace {
  /** What this user may still write, in whole blocks. */
  readonly availableBytes: number;
  /** Equal for paths that share this space. */
  readonly device: bigint;
}

/**
 * Asks how much can still be written at `path`, or, when it does not exist yet, at its nearest existing parent.
 * @throws BackupError `source-unreadable`
 */
export function freeSpace(path: Path): FreeSpace {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(fsPath(at));
      return { availableBytes: bavail * bsize, device: statSync(fsPath(at), { bigint: true }).dev };
    } catch (error) {
      if (!isAbsence(error) || dirname(at) === at) throw unreadable(at, error);
    }
  }
}
