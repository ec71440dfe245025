import { lutimesSync } from "node:fs";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import { toUtimes } from "./times.ts";
import type { Path } from "./types.ts";

/** Sets when a file, directory or link (itself) was changed last; right to the microsecond. */
export function setModifiedTime(path: Path, mtimeNs: bigint): void {
  const time = toUtimes(mtimeNs);
  try {
    lutimesSync(fsPath(path), time, time);
  } catch (error) {
    throw unwritable(path, error);
  }
}
