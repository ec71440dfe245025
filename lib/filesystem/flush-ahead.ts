import { MIB } from "../base/index.ts";
import { flushFilesystem } from "./flush.ts";
import type { Path } from "./types.ts";

/** So much is written between one flush and the next. */
const STEP_BYTES: number = 128 * MIB;

/**
 * Has the disk write what a tree holds so far while the rest of it is still being made, so that the flush at its end has little left to do.
 * Promises nothing: what a flush here leaves undone, the one at the end does.
 */
export class FlushAhead {
  readonly #root: Path;
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;

  constructor(root: Path) {
    this.#root = root;
  }

  wrote(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes < STEP_BYTES || this.#flushing !== undefined) return;
    this.#waitingBytes = 0;
    this.#flushing = this.#flush();
  }

  /** Waits until no flush is under way. */
  async settle(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    const isPossible = await flushFilesystem(this.#root);
    if (isPossible) this.#flushing = undefined;
  }
}
