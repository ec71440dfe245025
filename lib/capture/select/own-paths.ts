import { isSameOrInside, type Path, realPath, type WalkedEntry } from "../../filesystem/index.ts";
import { escapePattern } from "../rules/index.ts";

/** Says why something is Clawback's own and must never be captured; undefined for everything else. */
export type OwnPaths = (entry: WalkedEntry) => string | undefined;

/** A tree that a restore set aside, or that a supervisor made while one swapped: `.openclaw.pre-restore-20261121T030000Z`. */
const SET_ASIDE = /.\.(?:pre-restore|appeared)-\d/;
/** Private directories and unpublished files of any Clawback process. */
const TEMPORARY = /^\.clawback-(?:[a-z]+-\d.*|[0-9a-f]{16}\.tmp)$/;
/** An archive under the name that OpenClaw or we give it by default. */
const EARLIER_BACKUP =
  /^(?:\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}[+-]\d\d-\d\d-openclaw-backup|\d{8}T\d{6}Z-[0-9a-z]{6})\.tar\.gz(?:\.gpg)?$/;

/** @param paths - The home, directory storages, the output file, …; a link counts with what it points to. */
export function createOwnPaths(paths: readonly Path[]): OwnPaths {
  const own = new Set(paths.flatMap((path) => [path, realPathOrSelf(path)]));
  // Below a root they are met at their top; a root may lie inside one.
  const isOwn = ({ path, relativePath }: WalkedEntry): boolean =>
    own.has(path) || (relativePath === "" && [...own].some((one) => isSameOrInside(path, one)));
  return (entry) => {
    const { name, stat } = entry;
    if (isOwn(entry)) return "Clawback's own directory, storage or output";
    if (stat.type === "dir" && SET_ASIDE.test(name)) return "set aside by a restore";
    if (name.startsWith(".clawback-") && TEMPORARY.test(name)) return "Clawback's temporary files";
    if (stat.type === "file" && EARLIER_BACKUP.test(name)) return "earlier backups";
    return undefined;
  };
}

const OWN_NAMES: readonly string[] = [
  "?*.pre-restore-[0-9]*/",
  "?*.appeared-[0-9]*/",
  ".clawback-*-[0-9]*",
  ".clawback-*.tmp",
  "[0-9][0-9][0-9][0-9]-[0-9][0-9]-*-openclaw-backup.tar.gz",
  "[0-9][0-9][0-9][0-9]-[0-9][0-9]-*-openclaw-backup.tar.gz.gpg",
  "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9]*Z-??????.tar.gz",
  "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9]*Z-??????.tar.gz.gpg",
];

/**
 * The same as lines in gitignore syntax, relative to a root, for whoever must know later what a backup left out: a restore that took a
 * storage below a root for something deleted would move away what it restores from.
 */
export function ownPatterns(root: Path, paths: readonly Path[]): readonly string[] {
  const inside = paths
    .flatMap((path) => [path, realPathOrSelf(path)])
    .filter((path) => path !== root && isSameOrInside(path, root))
    .map((path) => `/${escapePattern(path.slice(root.length).replace(/^\/+/, ""))}`);
  return [...OWN_NAMES, ...new Set(inside)];
}

function realPathOrSelf(path: Path): Path {
  try {
    return realPath(path) ?? path;
  } catch {
    return path;
  }
}
