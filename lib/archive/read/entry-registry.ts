import { PathTable } from "../names/index.ts";
import type { ArchiveEntry } from "../types.ts";

const DIRECTORY = 1;
const IMPLIED = 2;
const FILE = 3;
const LINK = 4;

/** Why an entry cannot stand where it is. */
export type Clash = "twice" | "below-no-directory" | "no-such-target";

/** Remembers what an archive held so far, to notice entries that contradict one another. 20 to 45 bytes an entry. */
export class EntryRegistry {
  readonly #seen = new PathTable();
  #lastParent = "";

  /** @param target - A hard link's target, as a `path`. */
  add(path: string, type: ArchiveEntry["type"], target: string | undefined): Clash | undefined {
    if (!this.#addParents(path)) return "below-no-directory";
    const seen = this.#seen.get(path);
    const isFree = seen === undefined || (seen === IMPLIED && type === "dir");
    if (!isFree) return "twice";
    if (type === "hardlink" && this.#seen.get(target ?? "") !== FILE) return "no-such-target";
    this.#seen.set(path, type === "dir" ? DIRECTORY : type === "symlink" ? LINK : FILE);
    return undefined;
  }

  isDirectory(path: string): boolean {
    const seen = this.#seen.get(path);
    return seen === DIRECTORY || seen === IMPLIED;
  }

  /** Notes the directories above a path; false when one of them is something else. */
  #addParents(path: string): boolean {
    const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (parent === this.#lastParent) return true;
    for (let slash = parent.indexOf("/", 1); ; slash = parent.indexOf("/", slash + 1)) {
      const ancestor = slash < 0 ? parent : parent.slice(0, slash);
      const seen = this.#seen.get(ancestor);
      if (seen === undefined) this.#seen.set(ancestor, IMPLIED);
      else if (seen !== DIRECTORY && seen !== IMPLIED) return false;
      if (slash < 0) break;
    }
    this.#lastParent = parent;
    return true;
  }
}
