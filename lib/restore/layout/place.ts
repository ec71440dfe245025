import { dirname } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import {
  type FileStat,
  isReplaceable,
  mountPointsBelow,
  type Path,
  readLinkTarget,
  realPath,
  renameDomain,
  statPath,
} from "../../filesystem/index.ts";
import { isInTree } from "./mapping.ts";
import { join, relativeTo, type Strategy } from "./names.ts";

/** A tree (or single file) of the backup, and the name in this machine's file system that it takes. */
export interface Place {
  readonly kind: string;
  /** The backup's own path for it. */
  readonly from: Path;
  /** Where it will stand, as the reader knows it. */
  readonly to: Path;
  /** `to` with its links resolved: a state directory that is a link stays one. */
  readonly live: Path;
  /** What stands there now. */
  readonly stat: FileStat | undefined;
  readonly strategy: Strategy;
  /** An existing directory on the same filesystem in which a stage can be made. */
  readonly stageParent: Path;
  /** Trees can be renamed between places of the same domain only. */
  readonly domain: string;
  /** Absolute, below `live`: cannot be renamed, nor can anything above them without taking them along. */
  readonly mounts: readonly Path[];
}

/**
 * Looks at the name that a tree shall take.
 * @throws BackupError `policy-refused` for a link that leads nowhere
 */
export function placeAt(facts: Pick<Place, "kind" | "from" | "to">): Place {
  const live = resolveTarget(facts.to);
  const stat = statPath(live);
  const isDirectory = stat?.type === "dir";
  const strategy = isDirectory && !isReplaceable(live) ? "children" : "rename";
  const stageParent = strategy === "children" ? live : existingParent(live);
  return {
    ...facts,
    live,
    stat,
    strategy,
    stageParent,
    domain: renameDomain(stageParent),
    mounts: isDirectory ? mountPointsBelow(live) : [],
  };
}

/**
 * Makes places of their own of the directories that are mounted below others: nothing can be renamed across their borders.
 * Single files that are mounted by themselves stay as they are.
 */
export function mountPlaces(places: readonly Place[]): Place[] {
  return places.flatMap(({ mounts, live, from, to }) =>
    mounts.flatMap((mount) => {
      if (statPath(mount)?.type !== "dir") return [];
      const rest = relativeTo(live, mount);
      const place = placeAt({ kind: "mount", from: join(from, rest), to: join(to, rest) });
      return [{ ...place, strategy: "children", stageParent: place.live }];
    }),
  );
}

/** The place that a path of the backup belongs to: the deepest of those that hold it. */
export function placeOf(places: readonly Place[], path: Path): Place | undefined {
  let found: Place | undefined;
  for (const place of places) {
    const isDeeper = found === undefined || place.from.length > found.from.length;
    if (isDeeper && isInTree(path, place.from)) found = place;
  }
  return found;
}

/** Tells whether two looks at the same name saw the same thing there. */
export function isSamePlace(a: Place, b: Place): boolean {
  const isSameTree = a.stat?.ino === b.stat?.ino && a.stat?.dev === b.stat?.dev;
  return a.live === b.live && a.strategy === b.strategy && isSameTree;
}

/** The directories that a name lacks above it, topmost first. */
export function missingParents(path: Path): Path[] {
  const missing: Path[] = [];
  for (let at = dirname(path); statPath(at) === undefined; at = dirname(at)) missing.unshift(at);
  return missing;
}

function existingParent(path: Path): Path {
  let at = dirname(path);
  while (statPath(at) === undefined) at = dirname(at);
  return at;
}

/** The path with every link resolved, as far as it exists. */
function resolveTarget(path: Path): Path {
  const real = realPath(path);
  if (real !== undefined) return real;
  const link = readLinkTarget(path);
  if (link !== undefined) {
    throw new BackupError(
      "policy-refused",
      `${quote(path)} is a link to ${quote(link)}, where nothing is`,
      { hint: "bring back what it leads to (a disk that is not mounted?), or remove the link" },
    );
  }
  const parent = dirname(path);
  return parent === path
    ? path
    : join(resolveTarget(parent), path.slice(parent.length).replace(/^\//, ""));
}
