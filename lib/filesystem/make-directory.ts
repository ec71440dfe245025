import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import type { Path } from "./types.ts";

/**
 * Makes a directory that only this user can enter, and the parents it lacks; one that exists is left as it is.
 *
 * Not with Node's own recursion, which never ends where the system answers ENOENT below a parent that exists (`/proc`).
 * @returns Whether it was made now.
 * @throws BackupError `target-not-empty` when something else has that name; `no-space`, `path-not-found`, `home-unusable`
 */
export function makeDirectory(path: Path): boolean {
  try {
    return make(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function make(path: Path): boolean {
  try {
    mkdirSync(fsPath(path), { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT" && make(dirname(path))) return make(path);
    if (isDirectory(path)) return false;
    throw error;
  }
}

function isDirectory(path: Path): boolean {
  return statSync(fsPath(path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
