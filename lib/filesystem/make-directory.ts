import { mkdirSync } from "node:fs";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import type { Path } from "./types.ts";

/**
 * Makes a directory that only this user can enter, and the parents it lacks; one that exists is left as it is.
 * @returns Whether it was made now.
 * @throws BackupError `target-not-empty` when something else has that name; `no-space`, `path-not-found`, `home-unusable`
 */
export function makeDirectory(path: Path): boolean {
  try {
    return mkdirSync(fsPath(path), { recursive: true, mode: 0o700 }) !== undefined;
  } catch (error) {
    throw unwritable(path, error);
  }
}
