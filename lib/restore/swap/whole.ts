import { BackupError, quote } from "../../base/index.ts";
import {
  compareBytes,
  type Exchange,
  isSameOrInside,
  listDirectory,
  type NewDirectory,
  type Path,
  pathExists,
  statPath,
} from "../../filesystem/index.ts";
import { isOwnName, join, missingParents, type Place, relativeTo } from "../layout/index.ts";
import type { Owner } from "../stage/index.ts";
import type { Swap } from "./swap.ts";

export interface SwapOptions {
  readonly place: Place;
  /** Where the new tree is unpacked; undefined when the backup has nothing for this place. */
  readonly incoming: Path | undefined;
  /** Where the old tree goes. */
  readonly kept: Path;
  readonly owner: Owner | undefined;
}

/**
 * Replaces a whole tree: by one exchange where it can be renamed, else child by child, around what is mounted in it.
 *
 * @param carried - Paths below the place, relative to it, that stay.
 */
export function swapWhole(options: SwapOptions, carried: readonly Path[]): Swap {
  const { place, incoming, kept, owner } = options;
  const parents = missingParents(place.live).map((path) => ({ path, mode: 0o700, owner }));
  if (place.strategy === "rename" && place.mounts.length === 0) {
    const exists = place.stat !== undefined;
    const exchange: Exchange = { live: place.live, exists, incoming, kept, carried };
    return { groups: [[exchange]], directories: parents };
  }
  const children = new ChildSwap(options, carried);
  children.add("");
  return { groups: [children.exchanges], directories: [...parents, ...children.directories] };
}

class ChildSwap {
  readonly exchanges: Exchange[] = [];
  readonly directories: NewDirectory[] = [];
  readonly #options: SwapOptions;
  readonly #carried: readonly Path[];

  constructor(options: SwapOptions, carried: readonly Path[]) {
    this.#options = options;
    this.#carried = carried;
  }

  /** Exchanges what is in a directory of the place; `rest` is its path there. */
  add(rest: Path): void {
    const { place, incoming } = this.#options;
    const names = new Set([
      ...(listDirectory(join(place.live, rest)) ?? []),
      ...(incoming === undefined ? [] : (listDirectory(join(incoming, rest)) ?? [])),
    ]);
    for (const name of [...names].sort(compareBytes)) {
      if (rest === "" && isOwnName(name)) continue;
      this.#addChild(join(rest, name));
    }
  }

  #addChild(rest: Path): void {
    const { place, incoming, kept } = this.#options;
    const live = join(place.live, rest);
    if (place.mounts.includes(live) || this.#carried.includes(rest)) return;
    const next = this.#incomingAt(rest);
    if (place.mounts.some((mount) => isSameOrInside(mount, live))) {
      if (next !== undefined && statPath(next)?.type !== "dir") throw inTheWay(live);
      this.add(rest);
      return;
    }
    const exists = pathExists(live);
    if (!exists && next === undefined) return;
    if (exists) this.#makeKeptParents(rest);
    const carried = this.#carried
      .filter((path) => isSameOrInside(path, rest))
      .map((path) => relativeTo(rest, path));
    this.exchanges.push({
      live,
      exists,
      kept: join(kept, rest),
      carried,
      ...(incoming === undefined || next === undefined ? {} : { incoming: next }),
    });
  }

  #makeKeptParents(rest: Path): void {
    if (rest === "") return;
    const { kept, owner } = this.#options;
    const parent = rest.includes("/") ? rest.slice(0, rest.lastIndexOf("/")) : "";
    this.#makeKeptParents(parent);
    const path = join(kept, parent);
    if (this.directories.some((known) => known.path === path)) return;
    this.directories.push({ path, mode: 0o700, owner });
  }

  #incomingAt(rest: Path): Path | undefined {
    const { incoming } = this.#options;
    const path = incoming === undefined ? undefined : join(incoming, rest);
    return path !== undefined && pathExists(path) ? path : undefined;
  }
}

function inTheWay(path: Path): BackupError {
  return new BackupError(
    "not-supported",
    `${quote(path)} is no directory in the backup, and something is mounted below it here`,
    { hint: "unmount it, or restore elsewhere with --target" },
  );
}
