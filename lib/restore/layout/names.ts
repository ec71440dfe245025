import { randomBytes } from "node:crypto";
import { basename, dirname } from "node:path";
import { type Path, pathExists } from "../../filesystem/index.ts";

/** How a tree is replaced: itself, by renaming, or child by child, because something is mounted there. */
export type Strategy = "rename" | "children";

const OWN_NAME = /^\.openclaw\.(stage|pre-restore)-/;

/** Whether a name inside a tree is ours: a stage, or a former state kept where a whole filesystem is the tree. */
export function isOwnName(name: Path): boolean {
  return OWN_NAME.test(name);
}

/** A fresh name for a stage in `directory`. */
export function stagePath(directory: Path): Path {
  return join(directory, `.openclaw.stage-${randomBytes(4).toString("hex")}`);
}

/** Where the state that stands at `root` is kept. */
export function keptPath(root: Path, strategy: Strategy, stamp: string): Path {
  return strategy === "rename"
    ? `${root}.pre-restore-${stamp}`
    : join(root, `.openclaw.pre-restore-${stamp}`);
}

/** The time in a kept path's name, when it is one that {@link keptPath} gives for `root`. */
export function stampOf(path: Path, root: Path): string | undefined {
  const prefix =
    dirname(path) === root ? ".openclaw.pre-restore-" : `${basename(root)}.pre-restore-`;
  const name = basename(path);
  const stamp = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^\d{8}T\d{6}Z(-\d+)?$/.test(stamp) ? stamp : undefined;
}

/**
 * A name for this restore's time: the UTC second, `20261121T030000Z`, with `-2`, `-3`, … while `isTaken` says that another one has it.
 *
 * @param newest - The newest stamp so far. The new one is always newer, also when the clock was set back, because undo takes the newest.
 */
export function freeStamp(
  now: Date,
  newest: string | undefined,
  isTaken: (stamp: string) => boolean,
): string {
  const second = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const [newestSecond = ""] = newest?.split("-") ?? [];
  const base = second > newestSecond ? second : newestSecond;
  for (let n = 1; ; n++) {
    const stamp = n === 1 ? base : `${base}-${n}`;
    const isNewer = newest === undefined || newestFirst(stamp, newest) < 0;
    if (isNewer && !isTaken(stamp)) return stamp;
  }
}

/** Orders stamps; `…Z-10` comes after `…Z-9`, and `…Z` before both. */
export function newestFirst(a: string, b: string): number {
  const [timeA = "", nA = "1"] = a.split("-");
  const [timeB = "", nB = "1"] = b.split("-");
  if (timeA !== timeB) return timeA < timeB ? 1 : -1;
  return Number(nB) - Number(nA);
}

/** Whether a tree of that time is kept for any of these roots. */
export function isStampTaken(
  roots: readonly { readonly live: Path; readonly strategy: Strategy }[],
  stamp: string,
): boolean {
  return roots.some(({ live, strategy }) => pathExists(keptPath(live, strategy, stamp)));
}

/** `directory/name`; unlike Node's own, it leaves every other part of a path as it is. */
export function join(directory: Path, name: Path): Path {
  if (name === "") return directory;
  if (directory === "") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** `path` as seen from `directory`, in which it lies; empty for itself. */
export function relativeTo(directory: Path, path: Path): Path {
  if (directory === "") return path;
  return path.slice(directory.length).replace(/^\//, "");
}
