import { BackupError, quote } from "../../base/index.ts";
import { encodePath, pathFromBuffer } from "../path.ts";
import type { Path, TreeLimits } from "../types.ts";

/**
 * Refuses a path from outside that could name anything but one new entry below the root.
 *
 * Odd but legal names pass: backslashes, `C:x`, newlines, bytes that are not UTF-8.
 * @throws BackupError `path-outside-target`, `data-corrupt`, `limit-exceeded`
 */
export function assertEntryPath(path: Path, limits: TreeLimits): void {
  if (path.startsWith("/")) throw outside(path, "is absolute");
  if (path.includes("\0")) throw outside(path, "holds a NUL byte");
  const segments = path.split("/");
  for (const segment of segments) assertSegment(segment, path, limits);
  if (segments.length > limits.maxDepth) {
    throw exceeded(path, `lies ${segments.length} levels deep, allowed are ${limits.maxDepth}`);
  }
  if (path.isWellFormed()) return;
  // Two spellings of the same bytes would be twins that comparing text does not find.
  if (pathFromBuffer(encodePath(path)) !== path) {
    throw new BackupError(
      "data-corrupt",
      `path ${quote(path)} is not the usual form of its bytes`,
      {
        details: { path },
      },
    );
  }
}

function assertSegment(segment: string, path: Path, limits: TreeLimits): void {
  if (segment === "") throw outside(path, "has an empty segment");
  if (segment === "." || segment === "..") throw outside(path, `has a segment ${quote(segment)}`);
  // A name has at most three bytes for each of its code units.
  if (segment.length * 3 <= limits.maxNameBytes) return;
  const bytes = encodePath(segment).length;
  if (bytes > limits.maxNameBytes) {
    throw exceeded(path, `has a name of ${bytes} bytes, allowed are ${limits.maxNameBytes}`);
  }
}

export function outside(path: Path, why: string): BackupError {
  return new BackupError("path-outside-target", `path ${quote(path)} ${why}`, {
    details: { path },
    hint: "the backup was damaged or made to harm; nothing was written outside the target",
  });
}

export function twice(path: Path, cause?: unknown): BackupError {
  return new BackupError(
    "data-corrupt",
    `path ${quote(path)} occurs twice, or differs from another one only in a way that this filesystem does not keep`,
    { details: { path }, cause },
  );
}

export function exceeded(path: Path, why: string): BackupError {
  return new BackupError("limit-exceeded", `path ${quote(path)} ${why}`, { details: { path } });
}
