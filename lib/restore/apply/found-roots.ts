import { posix } from "node:path";
import type { ArchiveContents } from "../../archive/index.ts";
import { BackupError } from "../../base/index.ts";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import { assertPlainRoot, type BackupRoots } from "../layout/index.ts";
import type { StagedTree } from "../stage/index.ts";

/** What only a state directory has, relative to it. */
const SIGNS = ["openclaw.json", "clawdbot.json", "state/openclaw.sqlite"];

/**
 * The trees of an archive that was read to its end. What its manifest names inside the state directory is part of that.
 * @throws BackupError `data-corrupt`; `unsupported-format` for a plain tar in which no state directory is found
 */
export function findRoots(contents: ArchiveContents, staged: StagedTree): BackupRoots {
  const { stateDir, assets } = contents;
  if (stateDir === undefined) return plainRoots(staged);
  assertPlainRoot(stateDir);
  const outside = assets.filter(({ sourcePath }) => !isSameOrInside(sourcePath, stateDir));
  for (const { sourcePath } of outside) assertPlainRoot(sourcePath);
  return {
    stateDir,
    roots: [
      { kind: "state", path: stateDir },
      ...outside.map(({ kind, sourcePath }) => ({ kind, path: sourcePath })),
    ].filter(({ path }) => staged.typeAt(path) !== undefined),
  };
}

/** The state directory of a plain tar is the topmost directory that looks like one. */
function plainRoots(staged: StagedTree): BackupRoots {
  let found: Path | undefined;
  for (const path of staged.paths()) {
    const directory = stateDirectoryAbove(path);
    if (directory === undefined) continue;
    if (found === undefined || directory.length < found.length) found = directory;
  }
  if (found === undefined) {
    throw new BackupError("unsupported-format", "no OpenClaw state directory is in this archive", {
      hint: "a plain tar must hold openclaw.json or state/openclaw.sqlite of a state directory; unpack anything else with tar",
    });
  }
  return { stateDir: found, roots: [{ kind: "state", path: found }] };
}

function stateDirectoryAbove(path: Path): Path | undefined {
  for (const sign of SIGNS) {
    if (path === sign) return "";
    if (path.endsWith(`/${sign}`)) return posix.normalize(path.slice(0, -sign.length - 1));
  }
  return undefined;
}
