import { dirname } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import {
  type Exchange,
  isSameOrInside,
  type NewDirectory,
  type Path,
  pathExists,
  statPath,
} from "../../filesystem/index.ts";
import type { KeptExchange, KeptTree, PreRestoreRecord } from "../kept/index.ts";
import {
  freeStamp,
  isStampTaken,
  join,
  keptPath,
  missingParents,
  relativeTo,
} from "../layout/index.ts";

/** Up to so many exchanges follow one another, as trees do; more are files, which go in batches. */
const MAX_SINGLE = 32;
const BATCH = 256;

/** The way back to a former state. */
export interface Undo {
  /** What it puts away in its turn. */
  readonly next: PreRestoreRecord;
  readonly groups: readonly (readonly Exchange[])[];
  /** Those that are needed, and those of the former state that will be empty. Parents first. */
  readonly directories: readonly NewDirectory[];
}

/**
 * Exchanges again what was exchanged: what stands there now goes to new names, what was put away comes back, and what had been carried
 * over stays where it is used.
 * @throws BackupError `path-not-found` when something of the former state is gone
 */
export function composeUndo(record: PreRestoreRecord, now: Date): Undo {
  const { trees } = record;
  const stamp = freeStamp(now, record.id, (candidate) => isStampTaken(trees, candidate));
  const nextTrees = trees.map((tree) => {
    return { ...tree, kept: keptPath(tree.live, tree.strategy, stamp) };
  });
  const exchanges = record.exchanges.map((old) => turn(old, trees, nextTrees));
  return {
    next: {
      id: stamp,
      createdAt: now.toISOString(),
      replacedBy: `undo of the restore of ${record.createdAt}`,
      stateDir: record.stateDir,
      trees: nextTrees,
      exchanges: exchanges.map(({ live, exists, kept, carried }) => {
        return { live, exists, kept, carried };
      }),
    },
    groups: inGroups(exchanges),
    directories: directoriesFor(exchanges, nextTrees, record),
  };
}

function turn(
  old: KeptExchange,
  trees: readonly KeptTree[],
  nextTrees: readonly KeptTree[],
): Exchange {
  if (old.exists && !pathExists(old.kept)) throw gone(old.kept);
  const index = trees.findIndex(({ kept }) => isSameOrInside(old.kept, kept));
  const [tree, next] = [trees[index], nextTrees[index]];
  if (tree === undefined || next === undefined) throw gone(old.kept);
  return {
    live: old.live,
    exists: pathExists(old.live),
    kept: join(next.kept, relativeTo(tree.kept, old.kept)),
    carried: old.exists ? old.carried.filter((path) => canCarry(old, path)) : [],
    ...(old.exists ? { incoming: old.kept } : {}),
  };
}

/** Whether something that had been carried over is still there, and its old place too. */
function canCarry({ live, kept }: KeptExchange, path: Path): boolean {
  const back = join(kept, path);
  return (
    pathExists(join(live, path)) && !pathExists(back) && statPath(dirname(back))?.type === "dir"
  );
}

function inGroups(exchanges: readonly Exchange[]): Exchange[][] {
  const size = exchanges.length > MAX_SINGLE ? BATCH : 1;
  const groups: Exchange[][] = [];
  for (let at = 0; at < exchanges.length; at += size) groups.push(exchanges.slice(at, at + size));
  return groups;
}

function directoriesFor(
  exchanges: readonly Exchange[],
  nextTrees: readonly KeptTree[],
  record: PreRestoreRecord,
): NewDirectory[] {
  const paths = new Set<Path>();
  for (const { live, exists, kept } of exchanges) {
    for (const parent of missingParents(live)) paths.add(parent);
    if (exists) addParents(paths, kept, nextTrees);
  }
  for (const { kept } of record.exchanges) addParents(paths, kept, record.trees);
  // A parent's path is shorter than its children's.
  const sorted = [...paths].sort((a, b) => a.length - b.length);
  return sorted.map((path) => ({ path, mode: 0o700 }));
}

/** The directories above a kept path that belong to its tree. */
function addParents(paths: Set<Path>, kept: Path, trees: readonly KeptTree[]): void {
  const tree = trees.find((candidate) => isSameOrInside(kept, candidate.kept));
  if (tree === undefined) return;
  for (let at = dirname(kept); isSameOrInside(at, tree.kept) && !paths.has(at); at = dirname(at)) {
    paths.add(at);
  }
}

function gone(path: Path): BackupError {
  return new BackupError("path-not-found", `${quote(path)} of the former state is gone`, {
    details: { path },
    hint: "restore a backup instead: clawback list shows them",
  });
}
