import { dirname } from "node:path";
import { isBackupError } from "../../base/index.ts";
import { type FileStat, type FileType, type Path, statPath } from "../../filesystem/index.ts";
import { join, type Place, placeOf, relativeTo } from "../layout/index.ts";
import { isLiveDatabase } from "../scope/index.ts";
import type { SnapshotEntry } from "../types.ts";
import { aspectsOf, restoredMode } from "./aspects.ts";
import { type Findings, isRecoveryReport, NEEDS_FLAG, type Scene } from "./scene.ts";
import type { Action, Aspect, Difference } from "./types.ts";

/**
 * Where a directory of the snapshot stands: `there`; `absent`, with all that it holds; `blocked` by something else that has its name, or that
 * cannot be looked into.
 */
type Standing = "there" | "absent" | "blocked" | "unreadable";

/** Something of the snapshot at the place where it belongs. */
interface Held {
  readonly path: Path;
  readonly entry: SnapshotEntry;
  readonly place: Place;
  readonly live: Path;
  readonly stat: FileStat | undefined;
}

/** Compares what the snapshot holds with what stands there now. Links are looked at, never followed, above a path either. */
export function compareHeld(scene: Scene): Findings {
  const comparison = new HeldComparison(scene);
  for (const [path, entry] of scene.entries) comparison.add(path, entry);
  return comparison.findings();
}

class HeldComparison {
  readonly #scene: Scene;
  readonly #standing = new Map<Path, Standing>();
  /** What has the name of a directory, until something in that is wanted. */
  readonly #blocking = new Map<Path, Held>();
  readonly #found = new Map<Path, Difference>();
  readonly #left: Findings["left"] = [];
  /** Files of several names, by the first of them; the first stands first. */
  readonly #linked = new Map<Path, Held[]>();

  constructor(scene: Scene) {
    this.#scene = scene;
    for (const { type, target } of scene.entries.values()) {
      if (type === "hardlink" && target !== undefined) this.#linked.set(target, []);
    }
  }

  add(path: Path, entry: SnapshotEntry): void {
    const place = placeOf(this.#scene.places, path);
    if (place === undefined) return;
    const live = join(place.live, relativeTo(place.from, path));
    try {
      const above = this.#standing.get(dirname(path));
      const isReachable = path === place.from || above === undefined || above === "there";
      if (above === "unreadable" && path !== place.from) {
        this.#standing.set(path, "unreadable");
        return;
      }
      const stat = isReachable ? statPath(live) : undefined;
      this.#meet({ path, entry, place, live, stat });
    } catch (error) {
      if (!isBackupError(error, "source-unreadable")) throw error;
      if (entry.type === "dir") this.#standing.set(path, "unreadable");
      if (this.#isSelected(path)) this.#left.push({ path: live, reason: "it cannot be read" });
    }
  }

  findings(): Findings {
    for (const names of this.#linked.values()) this.#compareNames(names);
    return { differences: [...this.#found.values()], left: this.#left };
  }

  #meet(held: Held): void {
    const { path, entry, place, live, stat } = held;
    if (entry.type === "dir") this.#noteStanding(held);
    const { installation } = this.#scene;
    if (!this.#isSelected(path) || isRecoveryReport(installation, live)) return;
    if (place.mounts.includes(live) && stat?.type !== "dir") {
      this.#left.push({ path: live, reason: "it is mounted by itself" });
      return;
    }
    const first = entry.type === "hardlink" ? (entry.target ?? "") : path;
    const names = this.#linked.get(first);
    if (names === undefined) this.#compare(held);
    else names.push(held);
  }

  #noteStanding(held: Held): void {
    const { path, stat } = held;
    if (stat === undefined) this.#standing.set(path, "absent");
    else if (stat.type === "dir") this.#standing.set(path, "there");
    else {
      this.#standing.set(path, "blocked");
      this.#blocking.set(path, held);
    }
  }

  #isSelected(path: Path): boolean {
    return this.#scene.selects(path, this.#scene.classOf(path));
  }

  #compare(held: Held): void {
    const { entry, live, stat } = held;
    if (stat === undefined || stat.type !== typeOf(entry)) {
      this.#replace(held, stat === undefined ? [] : ["type"]);
      return;
    }
    const what = aspectsOf({ ...held, stat }, this.#scene);
    if (what.length === 0) return;
    const isAdjusted = what.every((aspect) => aspect === "mode" || aspect === "time");
    // Only the owner may set facts, and those of a file of several names are those of all.
    const isOwner = [0, stat.uid].includes(process.geteuid?.() ?? 0);
    if (stat.type === "dir" && !isOwner) {
      this.#left.push({ path: live, reason: "its mode differs, and it belongs to another user" });
    } else if (stat.type !== "dir" && !(isAdjusted && isOwner && stat.nlink < 2)) {
      this.#replace(held, what);
    } else this.#adjust(held, stat, what);
  }

  #adjust(held: Held, stat: FileStat, what: readonly Aspect[]): void {
    const { entry, live } = held;
    const time = what.includes("time") ? entry.mtimeNs : stat.mtimeNs;
    const mtimeNs = stat.type === "dir" ? undefined : time;
    const mode = what.includes("mode") ? restoredMode(entry) : stat.mode;
    this.#note(held, "adjust", { what, facts: { mode, mtimeNs }, live });
  }

  /** Names of one file: when one of them differs, or is another file by now, all are put in place anew. */
  #compareNames(names: readonly Held[]): void {
    const [first] = names;
    const differing = new Map<Held, Aspect[]>();
    for (const held of names) {
      const what = this.#aspectsOfName(held, first?.stat);
      if (what !== undefined) differing.set(held, what);
    }
    if (differing.size === 0) return;
    for (const held of names) this.#replace(held, differing.get(held) ?? ["link"]);
  }

  /** @returns undefined for a name of the same file as the first one, which is as it was. */
  #aspectsOfName(held: Held, first: FileStat | undefined): Aspect[] | undefined {
    const { entry, stat } = held;
    const content = entry.type === "hardlink" ? this.#scene.entries.get(entry.target ?? "") : entry;
    if (stat === undefined || content === undefined) return [];
    if (stat.type !== "file") return ["type"];
    const what = aspectsOf({ ...held, entry: content, stat }, this.#scene);
    if (stat.ino !== first?.ino || stat.dev !== first.dev) what.push("link");
    return what.length === 0 ? undefined : what;
  }

  #replace(held: Held, what: readonly Aspect[]): void {
    for (let at = dirname(held.path); this.#standing.has(at); at = dirname(at)) {
      const blocking = this.#blocking.get(at);
      if (blocking !== undefined && !this.#found.has(at)) {
        this.#note(blocking, "replace", { what: ["type"], live: blocking.live });
      }
    }
    this.#note(held, "replace", { what, live: held.live });
  }

  #note(
    { path, entry, place, stat }: Held,
    action: Action,
    {
      what,
      facts,
      live,
    }: Pick<Difference, "facts" | "live"> & { readonly what: readonly Aspect[] },
  ): void {
    const isDatabase =
      this.#scene.databases.has(path) ||
      (stat !== undefined && isLiveDatabase({ path: live, stat }));
    if (isDatabase && !this.#scene.withDatabases) {
      this.#left.push({ path: live, reason: NEEDS_FLAG });
      return;
    }
    const change = stat === undefined ? "added" : "changed";
    const { sizeBytes } = entry;
    this.#found.set(path, {
      entry: {
        change,
        path: join(place.to, relativeTo(place.live, live)),
        type: typeOf(entry),
        sizeBytes,
        ...(change === "added" ? {} : { what }),
      },
      action,
      place,
      live,
      path,
      expected: { stat },
      ...(facts === undefined ? {} : { facts }),
      isDatabase,
    });
  }
}

function typeOf({ type }: SnapshotEntry): FileType {
  return type === "hardlink" ? "file" : type;
}
