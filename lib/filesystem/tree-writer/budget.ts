import { BackupError, count, formatSize, MIB, quote } from "../../base/index.ts";
import { freeSpace } from "../free-space.ts";
import type { Path, TreeLimits } from "../types.ts";

/** What is left untouched on the filesystem, so that others do not meet a full disk: this much, or a twentieth of what was free. */
const RESERVE_BYTES: number = 32 * MIB;
/** The filesystem is asked again after this much. */
const STEP_BYTES: number = 64 * MIB;
/** Every entry takes at least a block. */
const BLOCK_BYTES = 4096;

/** Counts entries and bytes against the limits and the free space, before they are written. */
export class Budget {
  readonly #root: Path;
  readonly #limits: TreeLimits;
  readonly #reserveBytes: number;
  #entries = 0;
  #bytes = 0;
  /** Known to be free, and not yet taken. */
  #grantedBytes = 0;

  constructor(root: Path, limits: TreeLimits) {
    this.#root = root;
    this.#limits = limits;
    this.#reserveBytes = Math.min(RESERVE_BYTES, freeSpace(root).availableBytes / 20);
  }

  /** @throws BackupError `limit-exceeded`, `no-space` */
  takeEntry(): void {
    this.#entries++;
    if (this.#entries > this.#limits.maxEntries) {
      const { maxEntries } = this.#limits;
      throw new BackupError(
        "limit-exceeded",
        `tree has more than ${count(maxEntries, "entry", "entries")}`,
        {
          details: { maxEntries },
        },
      );
    }
    this.#takeSpace(BLOCK_BYTES);
  }

  /** @throws BackupError `limit-exceeded`, `no-space` */
  takeBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBytes) {
      const { maxBytes } = this.#limits;
      throw new BackupError("limit-exceeded", `tree has more than ${formatSize(maxBytes)}`, {
        details: { maxBytes },
      });
    }
    this.#takeSpace(bytes);
  }

  #takeSpace(bytes: number): void {
    if (bytes > this.#grantedBytes) this.#askFilesystem(bytes);
    this.#grantedBytes -= bytes;
  }

  #askFilesystem(bytes: number): void {
    const { availableBytes } = freeSpace(this.#root);
    const usableBytes = Math.max(0, availableBytes - this.#reserveBytes);
    this.#grantedBytes = Math.min(usableBytes, Math.max(bytes, STEP_BYTES));
    if (bytes <= this.#grantedBytes) return;
    throw new BackupError(
      "no-space",
      `filesystem of ${quote(this.#root)} has ${formatSize(availableBytes)} left, too little to go on`,
      {
        details: { path: this.#root, availableBytes, reserveBytes: this.#reserveBytes },
        hint: "free some space there, or choose a target on another filesystem",
      },
    );
  }
}
