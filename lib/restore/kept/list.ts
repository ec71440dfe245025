import { dirname } from "node:path";
import { isBackupError } from "../../base/index.ts";
import {
  listDirectory,
  type Path,
  pathExists,
  realPath,
  removeTree,
  statPath,
  walk,
} from "../../filesystem/index.ts";
import { join, newestFirst, stampOf } from "../layout/index.ts";
import { listRecordIds, type PreRestoreRecord, readRecord, removeRecord } from "./record.ts";

/** A state that a restore replaced and kept. */
export interface PreRestore {
  /** Sorts by time as text. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** What replaced it: `backup 2026…`, `undo of …`; empty when that is not known. */
  readonly replacedBy: string;
  readonly stateDir: Path;
  /** The trees it consists of, wherever they stand. */
  readonly paths: readonly Path[];
  /** Only when asked for. */
  readonly sizeBytes?: number | undefined;
  /** Whether `undoRestore` can bring it back; false when its description in the home is missing, and for what a rollback put away. */
  readonly canUndo: boolean;
}

export interface ListPreRestoreOptions {
  readonly home: Path;
  readonly stateDir: Path;
  /** Adds `sizeBytes`, by walking the trees. @default false */
  readonly measure?: boolean | undefined;
}

/** Every pre-restore state of an installation, newest first. Their `paths` are never captured. */
export function listPreRestore(options: ListPreRestoreOptions): readonly PreRestore[] {
  const described = listRecords(options).map(describe);
  const known = new Set(described.flatMap(({ paths }) => paths));
  const orphans = treesBeside(options.stateDir).filter(({ path }) => !known.has(path));
  const states = [...described, ...orphans.map((tree) => orphan(tree, options.stateDir))];
  return states
    .sort((a, b) => newestFirst(a.id, b.id))
    .map((state) =>
      options.measure === true ? { ...state, sizeBytes: measure(state.paths) } : state,
    );
}

/** Removes pre-restore states for good. The description goes first: what is half removed is never brought back. */
export async function removePreRestore(home: Path, states: readonly PreRestore[]): Promise<void> {
  for (const { id, paths } of states) {
    removeRecord(home, id);
    for (const path of paths) removeTree(path);
  }
}

/** The records of one installation whose trees are still there, newest first. */
export function listRecords({ home, stateDir }: ListPreRestoreOptions): PreRestoreRecord[] {
  const live = realPath(stateDir) ?? stateDir;
  return listRecordIds(home).flatMap((id) => {
    const record = readIfSound(home, id);
    return record?.stateDir === live && existingTrees(record).length > 0 ? [record] : [];
  });
}

export function describe(record: PreRestoreRecord): PreRestore {
  const { id, createdAt, replacedBy, stateDir } = record;
  const canUndo = record.isRollback !== true;
  return { id, createdAt, replacedBy, stateDir, paths: existingTrees(record), canUndo };
}

function existingTrees({ trees }: PreRestoreRecord): Path[] {
  return trees.map(({ kept }) => kept).filter(pathExists);
}

/** One damaged description must not hide the others; its trees are listed by their names. */
function readIfSound(home: Path, id: string): PreRestoreRecord | undefined {
  try {
    return readRecord(home, id);
  } catch (error) {
    if (isBackupError(error, "data-corrupt", "unsupported-format")) return undefined;
    throw error;
  }
}

interface NamedTree {
  readonly path: Path;
  readonly stamp: string;
}

function treesBeside(stateDir: Path): NamedTree[] {
  const live = realPath(stateDir) ?? stateDir;
  const candidates = [dirname(live), live].flatMap((directory) =>
    namesIn(directory).map((name) => join(directory, name)),
  );
  return candidates.flatMap((path) => {
    const stamp = path === live ? undefined : stampOf(path, live);
    return stamp === undefined || statPath(path)?.type !== "dir" ? [] : [{ path, stamp }];
  });
}

/** A directory that may not be read shows no orphans. */
function namesIn(directory: Path): readonly Path[] {
  try {
    return listDirectory(directory) ?? [];
  } catch {
    return [];
  }
}

function orphan({ path, stamp }: NamedTree, stateDir: Path): PreRestore {
  const [time = ""] = stamp.split("-");
  const createdAt = time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  return { id: stamp, createdAt, replacedBy: "", stateDir, paths: [path], canUndo: false };
}

function measure(paths: readonly Path[]): number {
  let total = 0;
  for (const path of paths) {
    for (const { stat } of walk(path)) if (stat.type === "file") total += stat.sizeBytes;
  }
  return total;
}
