import { dirname } from "node:path";
import {
  type FileStat,
  type Path,
  statPath,
  type WalkedEntry,
  walk,
} from "../../filesystem/index.ts";
import { classify } from "../../openclaw/index.ts";
import { isOwnName, join, type Place } from "../layout/index.ts";
import { databaseOfSidecar, isLiveDatabase, type Judge } from "../scope/index.ts";
import { type Findings, isRecoveryReport, NEEDS_FLAG, type Scene } from "./scene.ts";
import type { Action, Difference } from "./types.ts";

/** What the snapshot does not have, although it lies in its scope; and what lies in directories that give way to something else. */
export interface Extra extends Findings {
  /** By the live path of such a directory: all that lies in it; undefined where something in it must stay. */
  readonly insides: ReadonlyMap<Path, ReadonlyMap<Path, FileStat> | undefined>;
}

/** Walks what is live, and says what would have to go for it to be as in the snapshot. */
export function findExtra(scene: Scene): Extra {
  const found: Extra & { insides: Map<Path, ReadonlyMap<Path, FileStat> | undefined> } = {
    differences: [],
    left: [],
    insides: new Map(),
  };
  for (const place of scene.places) {
    if (place.stat?.type !== "dir") continue;
    const search = new ExtraSearch(scene, place);
    for (const _ of walk(place.live, { filter: search.meet, onProblem: search.onProblem }));
    found.differences.push(...search.differences());
    found.left.push(...search.left);
    for (const [path, inside] of search.insides()) found.insides.set(path, inside);
  }
  return found;
}

class ExtraSearch {
  readonly left: Findings["left"] = [];
  readonly #scene: Scene;
  readonly #place: Place;
  readonly #judge: Judge;
  /** What goes, each directory before what it holds. */
  readonly #going: WalkedEntry[] = [];
  readonly #goingPaths = new Set<Path>();
  /** Directories in which something stays. */
  readonly #holding = new Set<Path>();
  /** Directories in which something is. */
  readonly #filled = new Set<Path>();
  /** Directories where the snapshot has something else, and those of them in which something must stay. */
  readonly #givingWay: Path[] = [];
  readonly #keeping = new Set<Path>();

  constructor(scene: Scene, place: Place) {
    this.#scene = scene;
    this.#place = place;
    this.#judge = scene.judgeFor(place);
  }

  /** @returns whether to look into it */
  readonly meet = (entry: WalkedEntry): boolean => {
    const { path, relativePath, stat } = entry;
    if (relativePath === "") return true;
    this.#filled.add(dirname(path));
    if (this.#place.mounts.includes(path) || isOwnName(relativePath)) return this.#stay(path);
    const held = this.#scene.entries.get(join(this.#place.from, relativePath));
    if (held !== undefined && this.#givenAway(path) === undefined) {
      if (stat.type === "dir" && held.type !== "dir") this.#givingWay.push(path);
      this.#hold(path);
      return stat.type === "dir";
    }
    // It goes with its database.
    const owner = databaseOfSidecar(path);
    if (owner !== undefined && this.#goingPaths.has(owner)) return false;
    const fate = this.#fateOf(entry);
    if (fate !== "go") this.#stay(path);
    else {
      this.#going.push(entry);
      this.#goingPaths.add(path);
    }
    return stat.type === "dir" && fate !== "stay";
  };

  readonly onProblem = ({ path }: { readonly path: Path }): void => {
    this.#stay(path);
  };

  *differences(): Generator<Difference> {
    for (const { path, relativePath, stat } of this.#going) {
      const isFull = stat.type === "dir" && this.#filled.has(path);
      if (this.#holding.has(path) || this.#givenAway(path) !== undefined) continue;
      const action: Action = isFull ? "clear" : "remove";
      const isDatabase = isLiveDatabase({ path, stat });
      const sizeBytes = stat.type === "dir" ? 0 : stat.sizeBytes;
      const to = join(this.#place.to, relativePath);
      const entry = { change: "removed", path: to, type: stat.type, sizeBytes } as const;
      yield {
        entry,
        action,
        place: this.#place,
        live: path,
        path: undefined,
        expected: { stat },
        isDatabase,
      };
    }
  }

  *insides(): Generator<[Path, ReadonlyMap<Path, FileStat> | undefined]> {
    for (const directory of this.#givingWay) {
      const inside = this.#going.filter(({ path }) => path.startsWith(`${directory}/`));
      const isWhole = !this.#keeping.has(directory);
      yield [
        directory,
        isWhole ? new Map(inside.map(({ path, stat }) => [path, stat])) : undefined,
      ];
    }
  }

  #stay(path: Path): false {
    this.#hold(path);
    const giving = this.#givenAway(path);
    if (giving !== undefined) this.#keeping.add(giving);
    return false;
  }

  /** What is there keeps all directories above it. */
  #hold(path: Path): void {
    for (let at = dirname(path); at.length >= this.#place.live.length; at = dirname(at)) {
      if (this.#holding.has(at)) return;
      this.#holding.add(at);
    }
  }

  #givenAway(path: Path): Path | undefined {
    return this.#givingWay.find((directory) => path.startsWith(`${directory}/`));
  }

  /** `enter`: it stays, and what lies in it has a fate of its own. */
  #fateOf(entry: WalkedEntry): "go" | "stay" | "enter" {
    const { path, relativePath, stat } = entry;
    const { installation, staying, withDatabases } = this.#scene;
    const isPlain = stat.type === "file" || stat.type === "dir" || stat.type === "symlink";
    if (!isPlain || staying.has(path) || isRecoveryReport(installation, path)) return "stay";
    if (databaseOfSidecar(path) !== undefined && hasDatabase(path)) return "stay";
    if (this.#judge(entry) !== "remove") return "stay";
    const isDatabase = isLiveDatabase(entry);
    const entryClass = classify(installation, path, isDatabase);
    if (!this.#scene.selects(join(this.#place.from, relativePath), entryClass)) return "enter";
    if (!isDatabase || withDatabases) return "go";
    this.left.push({ path, reason: NEEDS_FLAG });
    return "stay";
  }
}

function hasDatabase(sidecar: Path): boolean {
  return statPath(databaseOfSidecar(sidecar) ?? "")?.type === "file";
}
