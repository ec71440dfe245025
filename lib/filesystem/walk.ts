import { lstatSync, readdirSync } from "node:fs";
import { systemCode } from "../base/index.ts";
import { compareBytes, fsPath, joinPath, pathFromBuffer } from "./path.ts";
import { toFileStat } from "./stat.ts";
import type { FileStat, Path, WalkedEntry, WalkOptions } from "./types.ts";

type Place = Pick<WalkedEntry, "path" | "relativePath" | "name">;

/** A directory being walked, and its names that were not given yet, last first. */
interface Level {
  readonly place: Place;
  readonly remaining: Path[];
}

/**
 * Walks a tree without following links: the root first, each directory before what it holds, children in byte order of
 * their names. Synchronous, because asynchronous lstat calls take several times as long (perf.md).
 *
 * Only the names in the directories between the root and the current entry are held. A directory is listed after its entry
 * was given, so the caller may still change its mode. What cannot be looked at goes to `onProblem` and the walk goes on.
 */
export function* walk(
  root: Path,
  options: WalkOptions = {},
): Generator<WalkedEntry, void, undefined> {
  const levels: Level[] = [];
  let rootDevice: bigint | undefined;
  let place: Place | undefined = {
    path: root,
    relativePath: "",
    name: root.slice(root.lastIndexOf("/") + 1),
  };
  for (; place !== undefined; place = takeNext(levels)) {
    const stat = attempt(place, options, lookAt);
    if (stat === undefined) continue;
    rootDevice ??= stat.dev;
    const entry: WalkedEntry = { ...place, stat };
    if (options.filter?.(entry) === false) continue;
    yield entry;
    if (stat.type !== "dir" || (options.oneFileSystem && stat.dev !== rootDevice)) continue;
    const remaining = attempt(place, options, ({ path }) => listUnchanged(path, stat));
    if (remaining !== undefined) levels.push({ place, remaining });
  }
}

function takeNext(levels: Level[]): Place | undefined {
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.remaining.pop();
    if (name === undefined) levels.pop();
    else {
      const { path, relativePath } = level.place;
      return {
        path: joinPath(path, name),
        relativePath: relativePath === "" ? name : `${relativePath}/${name}`,
        name,
      };
    }
  }
  return undefined;
}

/** Calls `look`; a failure is told to `onProblem` and gives undefined. */
function attempt<T>(place: Place, options: WalkOptions, look: (place: Place) => T): T | undefined {
  try {
    return look(place);
  } catch (error) {
    const code = systemCode(error) ?? "EIO";
    const problem = code === "ENOENT" || code === "ENOTDIR" ? "vanished" : "unreadable";
    const { path, relativePath } = place;
    options.onProblem?.({ path, relativePath, problem, systemCode: code });
    return undefined;
  }
}

function lookAt({ path }: Place): FileStat {
  return toFileStat(lstatSync(fsPath(path), { bigint: true }));
}

/**
 * Lists a directory, last name first. One that was swapped for a link between looking and listing would have been followed: its names
 * are dropped and it counts as vanished.
 */
function listUnchanged(path: Path, before: FileStat): Path[] {
  const names = listNames(path);
  const after = lookAt({ path, relativePath: "", name: "" });
  if (after.ino !== before.ino || after.dev !== before.dev) {
    throw Object.assign(new Error("the directory was replaced"), { code: "ENOTDIR" });
  }
  return names.reverse();
}

/** The names in a directory in byte order. */
export function listNames(path: Path): Path[] {
  const names = readdirSync(fsPath(path), "utf8");
  // Listing as bytes costs twice as much and is needed only where decoding may have lost something.
  if (names.some((name) => name.includes("\ufffd"))) {
    return readdirSync(fsPath(path), "buffer").map(pathFromBuffer).sort(compareBytes);
  }
  return names.some(hasSurrogate) ? names.sort(compareBytes) : names.sort();
}

function hasSurrogate(name: string): boolean {
  return /[\ud800-\udfff]/.test(name);
}
