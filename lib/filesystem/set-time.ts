import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  futimesSync,
  lutimesSync,
  openSync,
} from "node:fs";
import { systemCode } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import { statPath } from "./stat.ts";
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
    fd = openPlain(path, mode);
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

/** Its owner may have locked himself out: only root can open what has no right to be read, and only others are kept from it by its mode. */
function openPlain(path: Path, mode: number): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(fsPath(path), flags);
  } catch (error) {
    const type = systemCode(error) === "EACCES" ? statPath(path)?.type : undefined;
    if (type !== "dir" && type !== "file") throw error;
    chmodSync(fsPath(path), mode);
    return openSync(fsPath(path), flags);
  }
}
