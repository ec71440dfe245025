import {
  type FileType,
  isSameOrInside,
  type Path,
  type WalkedEntry,
  walk,
} from "../../filesystem/index.ts";
import { isOwnName, join, type Place, relativeTo } from "../layout/index.ts";
import { databaseOfSidecar } from "./live-entry.ts";
import type { Fate, Judge } from "./outside.ts";

/** What a restore brings to a place, as far as a comparison with what stands there needs it. */
export interface Incoming {
  /** The type of what the backup holds at one of its own paths; undefined when it holds nothing there. */
  typeAt(path: Path): FileType | undefined;
  /** Live paths that stay whatever the rules say: what the backup could not capture, and what is ours. */
  readonly staying: ReadonlySet<Path>;
}

export type Met = "held" | Fate;

/**
 * Walks what stands at a place, and says of each entry what a whole swap makes of it: `held` by the backup too, or its {@link Fate}.
 * What is carried over or dropped is told without what lies below it.
 *
 * A path is only carried over into a directory that the backup holds: what lies in a directory that is removed goes with it.
 */
export function surveyLive(
  place: Place,
  incoming: Incoming,
  judge: Judge,
  visit: (entry: WalkedEntry, met: Met) => void,
): void {
  const mounts = new Set(place.mounts);
  const carried = new Set<Path>();
  let removed: Path | undefined;
  const isHeld = (live: Path): boolean =>
    incoming.typeAt(join(place.from, relativeTo(place.live, live))) !== undefined;
  const meet = (entry: WalkedEntry): Met => {
    const { path } = entry;
    if (removed !== undefined && isSameOrInside(path, removed)) return "remove";
    removed = undefined;
    if (isHeld(path)) return "held";
    if (incoming.staying.has(path)) return "carry";
    const database = databaseOfSidecar(path);
    if (database !== undefined && carried.has(database)) return "carry";
    return database !== undefined && isHeld(database) ? "drop" : judge(entry);
  };
  const filter = (entry: WalkedEntry): boolean => {
    const { path, relativePath, stat } = entry;
    if (relativePath === "") return true;
    if (mounts.has(path) || isOwnName(relativePath)) return false;
    const met = meet(entry);
    visit(entry, met);
    if (met === "carry") carried.add(path);
    if (met === "remove" && stat.type === "dir") removed ??= path;
    const isDirectoryInBoth =
      met === "held" && incoming.typeAt(join(place.from, relativePath)) === "dir";
    return stat.type === "dir" && (isDirectoryInBoth || met === "remove");
  };
  for (const _ of walk(place.live, { filter }));
}
