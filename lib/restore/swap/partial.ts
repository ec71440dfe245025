import { MIB } from "../../base/index.ts";
import {
  type Exchange,
  listDirectory,
  type NewDirectory,
  openSource,
  type Path,
  pathExists,
  readLinkTarget,
  type SourceFile,
  statPath,
} from "../../filesystem/index.ts";
import { join, missingParents } from "../layout/index.ts";
import { isLiveDatabase, sidecarsOf } from "../scope/index.ts";
import type { Swap } from "./swap.ts";
import type { SwapOptions } from "./whole.ts";

/** So many names are free at the same time, for a moment. */
const BATCH = 256;

/**
 * Replaces, file by file, just what the backup brings: what is there already with the same content, mode and time is passed over, and
 * what the backup does not bring stays. With a database go the files that belong to it.
 */
export function swapParts(options: SwapOptions): Swap {
  const { place, incoming, owner } = options;
  if (incoming === undefined) return { groups: [], directories: [] };
  const parts = new PartSwap(options);
  parts.visit("");
  const parents = missingParents(place.live).map((path) => ({ path, mode: 0o700, owner }));
  const directories = [...parents, ...parts.directories.values()];
  return { groups: inBatches(parts.exchanges), directories };
}

/** Puts single paths aside, and nothing in their places. @param rests - Paths below the place. */
export function putAside(options: SwapOptions, rests: readonly Path[]): Swap {
  const parts = new PartSwap(options);
  for (const rest of rests) parts.putAside(rest);
  return { groups: inBatches(parts.exchanges), directories: [...parts.directories.values()] };
}

/** So many at a time that only a few names are free at once. */
export function inBatches(exchanges: readonly Exchange[]): Exchange[][] {
  const groups: Exchange[][] = [];
  for (let at = 0; at < exchanges.length; at += BATCH) groups.push(exchanges.slice(at, at + BATCH));
  return groups;
}

class PartSwap {
  readonly exchanges: Exchange[] = [];
  /** Where the replaced files go, by path. */
  readonly directories: Map<Path, NewDirectory> = new Map();
  readonly #options: SwapOptions;

  constructor(options: SwapOptions) {
    this.#options = options;
  }

  /** @param rest - A path below the place at which something is unpacked. */
  visit(rest: Path): void {
    const { place } = this.#options;
    const live = join(place.live, rest);
    if (place.mounts.includes(live)) return;
    const next = this.#nextAt(rest);
    const [liveStat, nextStat] = [statPath(live), statPath(next)];
    if (nextStat === undefined) return;
    if (liveStat?.type === "dir" && nextStat.type === "dir") {
      for (const name of listDirectory(next) ?? []) this.visit(join(rest, name));
    } else if (liveStat === undefined || !isSameEntry(live, next)) {
      this.#exchange(rest, liveStat !== undefined);
      const isDatabase = [
        { path: live, stat: liveStat },
        { path: next, stat: nextStat },
      ].some(({ path, stat }) => stat !== undefined && isLiveDatabase({ path, stat }));
      if (isDatabase) this.#putAsideSidecars(live);
    }
  }

  /** A database goes with the files that belong to it. */
  putAside(rest: Path): void {
    const { place, kept } = this.#options;
    const live = join(place.live, rest);
    const stat = statPath(live);
    if (stat === undefined) return;
    this.#makeKeptParents(rest);
    this.exchanges.push({ live, exists: true, kept: join(kept, rest), carried: [] });
    if (isLiveDatabase({ path: live, stat })) this.#putAsideSidecars(live);
  }

  #exchange(rest: Path, exists: boolean): void {
    const { place, kept } = this.#options;
    const live = join(place.live, rest);
    if (exists) this.#makeKeptParents(rest);
    const incoming = this.#nextAt(rest);
    this.exchanges.push({ live, exists, incoming, kept: join(kept, rest), carried: [] });
  }

  /** A log that belonged to the old database would be played into the new one. */
  #putAsideSidecars(database: Path): void {
    const { place, kept } = this.#options;
    for (const live of sidecarsOf(database)) {
      const rest = live.slice(place.live.length + 1);
      if (this.#options.incoming !== undefined && pathExists(this.#nextAt(rest))) continue;
      this.#makeKeptParents(rest);
      this.exchanges.push({ live, exists: true, kept: join(kept, rest), carried: [] });
    }
  }

  #makeKeptParents(rest: Path): void {
    if (rest === "") return;
    const { kept, owner } = this.#options;
    const parent = rest.includes("/") ? rest.slice(0, rest.lastIndexOf("/")) : "";
    this.#makeKeptParents(parent);
    const path = join(kept, parent);
    if (!this.directories.has(path)) this.directories.set(path, { path, mode: 0o700, owner });
  }

  #nextAt(rest: Path): Path {
    return join(this.#options.incoming ?? "", rest);
  }
}

/** Whether two entries are the same in content, mode and (to the microsecond) time. */
function isSameEntry(live: Path, next: Path): boolean {
  const [a, b] = [statPath(live), statPath(next)];
  if (a === undefined || b === undefined || a.type !== b.type) return false;
  if (a.type === "symlink") return readLinkTarget(live) === readLinkTarget(next);
  const isAlike = a.sizeBytes === b.sizeBytes && a.mode === b.mode && a.nlink === b.nlink;
  if (a.type !== "file" || !isAlike || a.mtimeNs / 1000n !== b.mtimeNs / 1000n) return false;
  using liveFile = openSource(live);
  using nextFile = openSource(next);
  return liveFile !== undefined && nextFile !== undefined && isSameContent(liveFile, nextFile);
}

function isSameContent(a: SourceFile, b: SourceFile): boolean {
  for (let offset = 0; offset < a.stat.sizeBytes; offset += MIB) {
    if (Buffer.compare(a.read(offset, MIB), b.read(offset, MIB)) !== 0) return false;
  }
  return true;
}
