import {
  type FileStat,
  type FileType,
  type Path,
  readLinkTarget,
  statPath,
  walk,
} from "../../filesystem/index.ts";
import { join, type Place, relativeTo } from "../layout/index.ts";
import { type Incoming, type Judge, surveyLive } from "../scope/index.ts";
import type { ChangeSet } from "../types.ts";
import { ChangeCounter } from "./change-set.ts";

/** What of a backup's entry is compared. */
export interface ComparedEntry {
  readonly type: "file" | "dir" | "symlink" | "hardlink";
  readonly sizeBytes: number;
  readonly mtimeNs: bigint | undefined;
  /** Of a symbolic link. */
  readonly target?: Path | undefined;
}

export interface Changes {
  readonly added: ChangeSet;
  readonly changed: ChangeSet;
  readonly removed: ChangeSet;
  readonly kept: ChangeSet;
}

/** Counts of files and links, as the live trees are now; directories count nothing. */
export class Comparison {
  readonly #added = new ChangeCounter();
  readonly #changed = new ChangeCounter();
  readonly #removed = new ChangeCounter();
  readonly #kept = new ChangeCounter();

  /** Counts one entry of the backup, `rest` below its place, against what stands there. */
  addIncoming(entry: ComparedEntry, place: Place, rest: Path): void {
    if (entry.type === "dir") return;
    const live = join(place.live, rest);
    const to = join(place.to, rest);
    const stat = place.stat === undefined ? undefined : statOrNothing(live);
    if (stat === undefined) this.#added.add(to, entry.sizeBytes);
    else if (!isSame(entry, live, stat)) this.#changed.add(to, entry.sizeBytes);
  }

  /**
   * Counts what a swap of the whole place removes and carries over. What can be made again by itself, and the logs of databases that the
   * backup holds, are no loss that a reader must weigh.
   * @returns What is carried over, relative to the place.
   */
  addLive(place: Place, incoming: Incoming, judge: Judge): Path[] {
    const carried: Path[] = [];
    if (place.stat?.type !== "dir") return carried;
    const shown = (path: Path): Path => join(place.to, relativeTo(place.live, path));
    surveyLive(place, incoming, judge, ({ path, relativePath, stat }, met) => {
      if (met === "carry") {
        carried.push(relativePath);
        this.#countAll(path, shown);
      } else if (met === "remove" && stat.type !== "dir") {
        this.#removed.add(shown(path), stat.sizeBytes);
      }
    });
    return carried;
  }

  total(): Changes {
    return {
      added: this.#added.total(),
      changed: this.#changed.total(),
      removed: this.#removed.total(),
      kept: this.#kept.total(),
    };
  }

  #countAll(path: Path, shown: (path: Path) => Path): void {
    for (const { path: below, stat } of walk(path)) {
      if (stat.type !== "dir") this.#kept.add(shown(below), stat.sizeBytes);
    }
  }
}

/** By size and time, as rsync does; a preview need not read every file. */
function isSame(entry: ComparedEntry, live: Path, stat: FileStat): boolean {
  const type: FileType = entry.type === "hardlink" ? "file" : entry.type;
  if (stat.type !== type) return false;
  if (type === "symlink") return readLinkTarget(live) === entry.target;
  if (entry.type === "hardlink") return true;
  return stat.sizeBytes === entry.sizeBytes && isSameTime(entry.mtimeNs, stat.mtimeNs);
}

/** To the microsecond, because Node cannot set times more finely; to the second where that is all the archive records. */
function isSameTime(recordedNs: bigint | undefined, liveNs: bigint): boolean {
  if (recordedNs === undefined) return false;
  const unit = recordedNs % 1_000_000_000n === 0n ? 1_000_000_000n : 1000n;
  return recordedNs / unit === liveNs / unit;
}

function statOrNothing(path: Path): FileStat | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}
