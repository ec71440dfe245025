import { type BackupError, systemCode } from "../../base/index.ts";
import { unwritable } from "../failures.ts";
import type { Path } from "../types.ts";
import { exceeded, outside, twice } from "./entry-path.ts";

/**
 * Makes one writing call for the entry at `path`, and says in the tree's own terms why it failed.
 * @throws BackupError `data-corrupt` for a path that is there already; `path-outside-target`, `limit-exceeded`, `no-space`, `home-unusable`
 */
export function attempt<T>(path: Path, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw inTreeTerms(path, error);
  }
}

/** The same for a call that is waited for. */
export async function attemptAsync<T>(path: Path, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw inTreeTerms(path, error);
  }
}

function inTreeTerms(path: Path, error: unknown): BackupError {
  switch (systemCode(error)) {
    case "EEXIST":
      return twice(path, error);
    case "ENOTDIR":
    case "ELOOP":
      return outside(path, "lies below something that is not a directory");
    case "ENAMETOOLONG":
      return exceeded(path, "is longer than this filesystem allows");
    default:
      return unwritable(path, error);
  }
}
