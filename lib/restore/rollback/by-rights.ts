import { dirname } from "node:path";
import { compareBytes, isWritable, type Path, statPath } from "../../filesystem/index.ts";
import type { Findings } from "./scene.ts";
import type { Difference, LeftPath } from "./types.ts";

/** Leaves alone what this user may not change, so that it does not keep everything else from being rolled back. */
export function splitByRights({ differences, left }: Findings): Findings {
  const opened = new Set(differences.filter(isOpenedDirectory).map(({ live }) => live));
  const known = new Map<Path, boolean>();
  const mayChange = (directory: Path): boolean => {
    const may =
      known.get(directory) ??
      (opened.has(directory) || statPath(directory)?.type !== "dir" || isWritable(directory));
    known.set(directory, may);
    return may;
  };
  const stuck = new Set<Path>();
  const forbidden: LeftPath[] = [];
  const allowed: Difference[] = [];
  for (const one of differences.toSorted((a, b) => compareBytes(a.live, b.live))) {
    if (hasAbove(stuck, one.live)) continue;
    if (one.action === "adjust" || mayChange(dirname(one.live))) allowed.push(one);
    else {
      stuck.add(one.live);
      forbidden.push({ path: one.entry.path, reason: "this user may not change its directory" });
    }
  }
  const holding = new Set([...stuck].flatMap((path) => [...above(path)]));
  return {
    differences: allowed.filter(({ action, live }) => action !== "clear" || !holding.has(live)),
    left: [...left, ...forbidden],
  };
}

/** One that gets a mode with which its owner can write to it, before anything is moved. */
function isOpenedDirectory({ action, entry }: Difference): boolean {
  return action === "adjust" && entry.type === "dir";
}

function hasAbove(paths: ReadonlySet<Path>, path: Path): boolean {
  for (const at of above(path)) if (paths.has(at)) return true;
  return false;
}

function* above(path: Path): Generator<Path> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) yield at;
}
