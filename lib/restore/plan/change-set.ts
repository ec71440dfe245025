import { compareBytes, type Path } from "../../filesystem/index.ts";
import type { ChangeSet, PathChange } from "../types.ts";

const MAX_EXAMPLES = 20;

/** Counts changes, and keeps the first few paths in byte order. */
export class ChangeCounter {
  #count = 0;
  #bytes = 0;
  #examples: PathChange[] = [];

  add(path: Path, sizeBytes: number): void {
    this.#count++;
    this.#bytes += sizeBytes;
    const last = this.#examples.at(-1);
    if (this.#examples.length === MAX_EXAMPLES && last && compareBytes(path, last.path) > 0) return;
    this.#examples.push({ path, sizeBytes });
    this.#examples.sort((a, b) => compareBytes(a.path, b.path));
    this.#examples.splice(MAX_EXAMPLES);
  }

  total(): ChangeSet {
    return { count: this.#count, bytes: this.#bytes, examples: [...this.#examples] };
  }
}
