import { posix } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import { join, relativeTo } from "./names.ts";

/** The trees a backup consists of, by its own paths: absolute, or relative in a plain tar. The state directory is one of them. */
export interface BackupRoots {
  readonly stateDir: Path;
  readonly roots: readonly BackupRoot[];
}

export interface BackupRoot {
  readonly kind: string;
  readonly path: Path;
}

/** A tree of the backup, and where it shall stand. */
export interface MappedRoot {
  readonly kind: string;
  readonly from: Path;
  readonly to: Path;
}

/**
 * Says where each tree goes in a restore in place: the state directory to this machine's, what lay beside it in the same
 * (user's) directory beside this one, everything else to its own absolute path.
 */
export function mapInPlace(backup: BackupRoots, stateDir: Path): MappedRoot[] {
  return backup.roots.map(({ kind, path }) => ({
    kind,
    from: path,
    to: mapPath(path, backup.stateDir, stateDir) ?? path,
  }));
}

/**
 * Says where each tree goes in a restore elsewhere: `target` stands for the directory that held the state directory, and what lay
 * outside that one is put below `target` under its absolute path. When two of them would meet, all are.
 */
export function mapElsewhere(backup: BackupRoots, target: Path): MappedRoot[] {
  const home = posix.dirname(backup.stateDir);
  const isBelowHome = (path: Path) => isSameOrInside(path, home) && home !== "/";
  const short = (path: Path) => (isBelowHome(path) ? relativeTo(home, path) : withoutSlash(path));
  const mapped = (name: (path: Path) => Path): MappedRoot[] =>
    backup.roots.map(({ kind, path }) => ({ kind, from: path, to: join(target, name(path)) }));
  if (!isAbsolute(backup.stateDir)) return mapped((path) => path);
  const beside = mapped(short);
  return hasOverlap(beside) ? mapped(withoutSlash) : beside;
}

/** @returns undefined when `path` lies neither in the state directory nor beside it. */
function mapPath(path: Path, fromStateDir: Path, toStateDir: Path): Path | undefined {
  if (isSameOrInside(path, fromStateDir)) return join(toStateDir, relativeTo(fromStateDir, path));
  const fromHome = posix.dirname(fromStateDir);
  if (fromHome === "/" || !isSameOrInside(path, fromHome)) return undefined;
  return join(posix.dirname(toStateDir), relativeTo(fromHome, path));
}

/** Where a path of the backup will stand; undefined when it lies in none of the trees. */
export function mapThrough(roots: readonly MappedRoot[], path: Path): Path | undefined {
  const root = deepest(roots, (candidate) => isInTree(path, candidate.from));
  return root === undefined ? undefined : join(root.to, relativeTo(root.from, path));
}

/** The backup's path for what stands, or will stand, at `path`. */
export function mapBack(roots: readonly MappedRoot[], path: Path): Path | undefined {
  const root = deepest(roots, (candidate) => isInTree(path, candidate.to));
  return root === undefined ? undefined : join(root.from, relativeTo(root.to, path));
}

/** Like `isSameOrInside`; everything relative lies in the empty path. */
export function isInTree(path: Path, tree: Path): boolean {
  return tree === "" ? !path.startsWith("/") : isSameOrInside(path, tree);
}

function deepest(
  roots: readonly MappedRoot[],
  holds: (root: MappedRoot) => boolean,
): MappedRoot | undefined {
  let found: MappedRoot | undefined;
  for (const root of roots) {
    if (holds(root) && (found === undefined || root.from.length > found.from.length)) found = root;
  }
  return found;
}

function hasOverlap(roots: readonly MappedRoot[]): boolean {
  return roots.some((a) => roots.some((b) => a !== b && isSameOrInside(a.to, b.to)));
}

const isAbsolute = (path: Path): boolean => path.startsWith("/");
const withoutSlash = (path: Path): Path => path.replace(/^\/+/, "");

/**
 * Refuses paths that no installation can have had.
 * @throws BackupError `data-corrupt`
 */
export function assertPlainRoot(path: Path): void {
  const isPlain = path === posix.normalize(path) && path !== "/" && !path.endsWith("/");
  if (isPlain && isAbsolute(path)) return;
  throw new BackupError(
    "data-corrupt",
    `manifest names ${quote(path)}, which is no absolute, normalized path of a directory`,
  );
}
