import { dirname } from "node:path";
import type { ArchiveContents } from "../../archive/index.ts";
import { BackupError } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { type BackupRoots, mapInPlace } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { createSelection, isSelective } from "../scope/index.ts";
import { findRoots, guessClass, restoredPathOf } from "../source/index.ts";
import type { StagedTree } from "../stage/index.ts";

type IsWanted = (path: Path) => boolean;

const everything: IsWanted = () => true;

/**
 * What must be unpacked to have all that is asked for: with the directories above it, whose modes are needed, and the targets of its hard
 * links. Without a file list that is not known before the end, so everything is.
 */
export function wantedForUnpacking({ options, known, roots }: PreparedRestore): IsWanted {
  if (known === undefined || !isSelective(options)) return everything;
  const selection = createSelection(options, known.roots.stateDir, roots);
  const wanted = new Set<Path>();
  for (const [path, entry] of known.entries) {
    if (!selection.wants(path, entry.class)) continue;
    wanted.add(path);
    if (entry.type === "hardlink" && entry.target !== undefined) {
      wanted.add(entry.target);
    }
    for (let at = dirname(path); at !== "/" && !wanted.has(at); at = dirname(at)) wanted.add(at);
  }
  return (path) => wanted.has(path);
}

/** What is asked for of an archive that was read to its end. A plain tar names its state directory by what lies in it. */
export function wantedOf(
  { options }: PreparedRestore,
  contents: ArchiveContents,
  staged: StagedTree,
): IsWanted {
  if (!isSelective(options)) return everything;
  const backup = findRoots(contents, staged);
  const mapped = mapInPlace(backup, options.stateDir);
  const selection = createSelection(options, backup.stateDir, mapped);
  const classOf = classLookup(contents, backup);
  return (path) => selection.wants(path, classOf(path));
}

function classLookup(
  { fileList }: ArchiveContents,
  backup: BackupRoots,
): (path: Path) => string | undefined {
  if (fileList === undefined) return guessClass(backup.stateDir);
  const classes = new Map(
    fileList.entries.map((entry) => [restoredPathOf(entry.path), entry.class]),
  );
  return (path) => classes.get(path);
}

export function nothingFound(label: string): BackupError {
  return new BackupError("path-not-found", `${label} holds nothing of what was asked for`, {
    hint: "see what it holds with clawback show ID --files",
  });
}
