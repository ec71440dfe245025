import { posix } from "node:path";
import { type Path, pathExists, realPath } from "../../filesystem/index.ts";

/** Links resolved as far as the path exists. */
export function resolved(path: Path): Path {
  try {
    const real = realPath(path);
    if (real !== undefined) return real;
  } catch {
    return path;
  }
  const parent = posix.dirname(path);
  return parent === path ? path : posix.join(resolved(parent), posix.basename(path));
}

/** Whether something is there, or may be. */
export function mayExist(path: Path): boolean {
  try {
    return pathExists(path);
  } catch {
    // Something is there that may not be looked at: then it cannot be captured either, which must show.
    return true;
  }
}

/** Each path once, in the order of first appearance. */
export function unique(paths: readonly Path[]): readonly Path[] {
  return [...new Set(paths)];
}
