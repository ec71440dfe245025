import type { ArchiveContents } from "../../archive/index.ts";
import { BackupError } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { type BackupRoots, mapInPlace } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { createSelection, isSelective } from "../scope/index.ts";
import { findRoots, findRootsOrWhole, guessClass, restoredPathOf } from "../source/index.ts";
import type { StagedTree } from "../stage/index.ts";

type IsWanted = (path: Path) => boolean;

const everything: IsWanted = () => true;

/** What is asked for of an archive that was read to its end. A plain tar names its state directory by what lies in it. */
export function wantedOf(
  { options, replaced, classOf: knownClassOf }: PreparedRestore,
  contents: ArchiveContents,
  staged: StagedTree,
): IsWanted {
  if (replaced !== undefined) return (path) => replaced.has(path);
  if (!isSelective(options)) return everything;
  const find = options.target === undefined ? findRoots : findRootsOrWhole;
  const backup = find(contents, staged);
  const mapped = mapInPlace(backup, options.stateDir);
  const selection = createSelection(options, backup.stateDir, mapped);
  const classOf = knownClassOf ?? classLookup(contents, backup);
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
