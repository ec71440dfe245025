import { escapeComponent, storedNameOf } from "./component.ts";
import { PathTable } from "./path-table.ts";
import { isBeyondPaxText } from "./pax-header.ts";

/** Where in the tar, below the root, the file system's `/` is mirrored. */
export const PAYLOAD = "payload/posix";
/** The same for raw bytes of damaged databases. */
export const DAMAGED = "clawback/damaged";

export type Area = typeof PAYLOAD | typeof DAMAGED;

export interface StoredPathsOptions {
  /** Its name and its parents' are kept from twins whether or not they come as entries. */
  readonly stateDir: string;
  /** Databases that OpenClaw looks for by name: no twin, no link and no side file may stand in their place. */
  readonly managedDatabases: readonly string[];
}

/** A parent that did not come as an entry (yet); a directory; anything else; a name kept for a database. */
const IMPLIED = 1;
const DIRECTORY = 2;
const LEAF = 3;
const RESERVED = 4;

/**
 * Gives each source path its place in the tar, and remembers what is taken: no two stored paths are equal or twins by case or Unicode
 * form, because OpenClaw refuses an archive with twins.
 *
 * Grows by 20 to 45 bytes for each path (twice that where it has upper case), and by the text of each path that was renamed.
 */
export class StoredPaths {
  readonly #taken = new PathTable();
  /** Folded forms of what is taken, where they differ from it. */
  readonly #folded = new PathTable();
  /** Stored paths that do not follow from the source path alone, by area and source path. */
  readonly #renamed = new Map<string, string>();
  readonly #managed: ReadonlySet<string>;
  #lastDirectory: readonly [key: string, stored: string] | undefined;

  constructor(options: StoredPathsOptions) {
    this.#managed = new Set(options.managedDatabases);
    this.#directory(options.stateDir, PAYLOAD);
    for (const path of options.managedDatabases) {
      const stored = `${this.#directory(parentOf(path), PAYLOAD)}/${nameOf(path)}`;
      this.#take(stored, RESERVED);
      for (const suffix of ["-wal", "-shm", "-journal"]) {
        this.#folded.set(foldPath(stored + suffix), RESERVED);
      }
    }
  }

  /**
   * Takes the place for an entry at the absolute source path.
   * @returns The path below the root; undefined when this path was placed before, or lies below something that is no directory.
   */
  place(
    path: string,
    type: "file" | "dir" | "symlink" | "hardlink",
    area: Area = PAYLOAD,
  ): string | undefined {
    const parent = this.#directory(parentOf(path), area);
    if (parent === undefined) return undefined;
    const isMisplaced = type !== "file" && area === PAYLOAD && this.#managed.has(path);
    const stored = this.#pick(parent, path, area, isMisplaced);
    const seen = this.#taken.get(stored);
    const isFree = seen === undefined || seen === RESERVED || (seen === IMPLIED && type === "dir");
    if (!isFree) return undefined;
    this.#take(stored, type === "dir" ? DIRECTORY : LEAF);
    return stored;
  }

  /** Where an entry stands that was placed, or would stand if nothing were in its way. */
  find(path: string, area: Area = PAYLOAD): string {
    const renamed = this.#renamed.get(area + path);
    if (renamed !== undefined) return renamed;
    const parent = path === "/" ? undefined : this.find(parentOf(path), area);
    return parent === undefined ? area : `${parent}/${storedNameOf(nameOf(path))}`;
  }

  /** Whether a file or link stands at a stored path. */
  hasLeaf(stored: string): boolean {
    return this.#taken.get(stored) === LEAF;
  }

  #directory(path: string, area: Area): string | undefined {
    if (path === "/") return area;
    const key = area + path;
    if (this.#lastDirectory?.[0] === key) return this.#lastDirectory[1];
    const parent = this.#directory(parentOf(path), area);
    if (parent === undefined) return undefined;
    const stored = this.#pick(parent, path, area, false);
    const seen = this.#taken.get(stored);
    if (seen === LEAF) return undefined;
    if (seen === undefined) this.#take(stored, IMPLIED);
    this.#lastDirectory = [key, stored];
    return stored;
  }

  #pick(parent: string, path: string, area: Area, isMisplaced: boolean): string {
    const renamed = this.#renamed.get(area + path);
    if (renamed !== undefined) return renamed;
    const name = nameOf(path);
    const plain = `${parent}/${storedNameOf(name)}`;
    const isUsable = this.#taken.get(plain) !== undefined || !this.#hasTwin(plain);
    if (isUsable && !isMisplaced && !isBeyondPaxText(plain)) return plain;
    const escaped = `${parent}/${escapeComponent(name)}`;
    if (escaped !== plain) this.#renamed.set(area + path, escaped);
    return escaped;
  }

  #hasTwin(stored: string): boolean {
    const folded = foldPath(stored);
    if (this.#folded.get(folded) !== undefined) return true;
    return folded !== stored && this.#taken.get(folded) !== undefined;
  }

  #take(stored: string, kind: number): void {
    this.#taken.set(stored, kind);
    const folded = foldPath(stored);
    if (folded !== stored) this.#folded.set(folded, kind);
  }
}

/**
 * Equal for paths that some file system or OpenClaw takes for the same name. OpenClaw compares `NFC` in lower case; the rest is for file systems
 * that fold more (compatibility forms, `ß` and `SS`).
 */
export function foldPath(path: string): string {
  const lower = path.normalize("NFC").toLowerCase();
  if (!/[^\0-\x7f]/.test(lower)) return lower;
  return lower.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFC");
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
