import type { FileType, Path } from "../../filesystem/index.ts";
import type { Stage } from "./stage.ts";

export interface StagedEntry {
  readonly type: Extract<FileType, "file" | "dir" | "symlink">;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint | undefined;
  /** Of a symbolic link. */
  readonly target?: Path | undefined;
  readonly stage: Stage;
}

/** What has been unpacked, by the backup's own paths, in the order of the archive. */
export class StagedTree {
  readonly #entries = new Map<Path, StagedEntry>();
  /** Directories that had no entry of their own before what they hold. */
  readonly #implied = new Set<Path>();

  add(path: Path, entry: StagedEntry): void {
    this.#entries.set(path, entry);
    for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
      if (this.#entries.has(at) || this.#implied.has(at)) break;
      this.#implied.add(at);
    }
  }

  delete(path: Path): void {
    this.#entries.delete(path);
  }

  get(path: Path): StagedEntry | undefined {
    return this.#entries.get(path);
  }

  typeAt(path: Path): FileType | undefined {
    return this.#entries.get(path)?.type ?? (this.#implied.has(path) ? "dir" : undefined);
  }

  get size(): number {
    return this.#entries.size;
  }

  paths(): MapIterator<Path> {
    return this.#entries.keys();
  }

  [Symbol.iterator](): MapIterator<[Path, StagedEntry]> {
    return this.#entries[Symbol.iterator]();
  }
}

/** Undefined at the top, which is the empty path for relative ones. */
function parentOf(path: Path): Path | undefined {
  if (path === "" || path === "/") return undefined;
  const slash = path.lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, Math.max(0, slash));
}
