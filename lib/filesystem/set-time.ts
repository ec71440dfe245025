import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  futimesSync,
  lutimesSync,
  openSync,
} from "node:fs";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import { toUtimes } from "./times.ts";
import type { NewFile, Path } from "./types.ts";

/** Sets when a file, directory or link (itself) was changed last; right to the microsecond. */
export function setModifiedTime(path: Path, mtimeNs: bigint): void {
  const time = toUtimes(mtimeNs);
  try {
    lutimesSync(fsPath(path), time, time);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Sets mode and time of a file or directory, and flushes them. A link in its place is refused, not followed. */
export function setFacts(path: Path, { mode, mtimeNs }: Pick<NewFile, "mode" | "mtimeNs">): void {
  let fd: number | undefined;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    fd = openSync(fsPath(path), flags);
    fchmodSync(fd, mode);
    if (mtimeNs !== undefined) {
      const time = toUtimes(mtimeNs);
      futimesSync(fd, time, time);
    }
    fsyncSync(fd);
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
