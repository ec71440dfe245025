import { posix } from "node:path";
import type { ArchiveContents } from "../../archive/index.ts";
import { BackupError, quote } from "../../base/index.ts";
import { type FileType, isSameOrInside, type Path } from "../../filesystem/index.ts";
import { assertPlainRoot, type BackupRoots } from "../layout/index.ts";

/** What an archive holds, by the backup's own paths. */
export interface ArchiveTree {
  typeAt(path: Path): FileType | undefined;
  paths(): Iterable<Path>;
}

/** What only a state directory has, relative to it. */
const SIGNS = ["openclaw.json", "clawdbot.json", "state/openclaw.sqlite"];

/**
 * The trees of an archive that was read to its end. What its manifest names inside the state directory is part of that.
 * @throws BackupError `data-corrupt`, `manifest-mismatch`; `unsupported-format` for a plain tar in which no state directory is found
 */
export function findRoots(contents: ArchiveContents, tree: ArchiveTree): BackupRoots {
  const { stateDir, assets } = contents;
  if (contents.kind === "plain") return plainRoots(tree, stateDir);
  if (stateDir === undefined) throw noStateDir();
  assertPlainRoot(stateDir);
  const other = assets.find(({ kind, sourcePath }) => kind === "state" && sourcePath !== stateDir);
  if (other !== undefined) {
    throw new BackupError(
      "manifest-mismatch",
      `manifest names two state directories, ${quote(stateDir)} and ${quote(other.sourcePath)}`,
    );
  }
  const outside = assets.filter(({ sourcePath }) => !isSameOrInside(sourcePath, stateDir));
  for (const { sourcePath } of outside) assertPlainRoot(sourcePath);
  return {
    stateDir,
    roots: [
      { kind: "state", path: stateDir },
      ...outside.map(({ kind, sourcePath }) => ({ kind, path: sourcePath })),
    ].filter(({ path }) => tree.typeAt(path) !== undefined),
  };
}

/** All of a plain tar, for a restore elsewhere: it goes there as it is. */
export const WHOLE_TAR: BackupRoots = { stateDir: "", roots: [{ kind: "state", path: "" }] };

/** The same of what goes elsewhere: a tar in which no state directory is found can still be unpacked there. */
export function findRootsOrWhole(contents: ArchiveContents, tree: ArchiveTree): BackupRoots {
  try {
    return findRoots(contents, tree);
  } catch (error) {
    if (contents.kind !== "plain") throw error;
    return WHOLE_TAR;
  }
}

function plainRoots(tree: ArchiveTree, known: Path | undefined): BackupRoots {
  const stateDir = known ?? findStateDirectory(tree.paths());
  if (stateDir === undefined) throw noStateDir();
  return { stateDir, roots: [{ kind: "state", path: stateDir }] };
}

/** The topmost directory that looks like a state directory. */
export function findStateDirectory(paths: Iterable<Path>): Path | undefined {
  let found: Path | undefined;
  for (const path of paths) {
    const directory = stateDirectoryAbove(path);
    if (directory === undefined) continue;
    if (found === undefined || directory.length < found.length) found = directory;
  }
  return found;
}

function stateDirectoryAbove(path: Path): Path | undefined {
  for (const sign of SIGNS) {
    if (path === sign) return "";
    if (path.endsWith(`/${sign}`)) return posix.normalize(path.slice(0, -sign.length - 1));
  }
  return undefined;
}

function noStateDir(): BackupError {
  return new BackupError("unsupported-format", "no OpenClaw state directory is in this archive", {
    hint: "a plain tar must hold openclaw.json or state/openclaw.sqlite of a state directory; anything else can be unpacked elsewhere with --target",
  });
}
