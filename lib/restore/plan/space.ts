import { BackupError, formatSize, MIB, quote } from "../../base/index.ts";
import { freeSpace, type Path } from "../../filesystem/index.ts";

/** Every entry takes at least a block; what is left over in a file's last one is not counted for sizes that are only known in sum. */
const BLOCK_BYTES = 4096;
/** What the writer of the stage leaves free for others. */
const RESERVE_BYTES: number = 32 * MIB;

/** Bytes on disk for one entry of that size. */
export function bytesOnDisk(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES + BLOCK_BYTES;
}

/** What a restore will write, by the directory in which its stage will be. */
export class SpaceNeeds {
  readonly #needs = new Map<Path, number>();

  /** @param at - Where the stage will be. */
  add(at: Path, bytes: number): void {
    this.#needs.set(at, (this.#needs.get(at) ?? 0) + bytes);
  }

  /**
   * Compares with what is free now; for several filesystems, gives the figures of the one that is tightest.
   * @throws BackupError `no-space`
   */
  check(): { readonly bytesNeeded: number; readonly bytesAvailable: number } {
    const all = [...this.#byDevice()].map(({ at, bytes, availableBytes }) => {
      const usable = availableBytes - Math.min(RESERVE_BYTES, availableBytes / 20);
      if (bytes > usable) throw noSpace(at, bytes, availableBytes);
      return { bytesNeeded: bytes, bytesAvailable: availableBytes };
    });
    const left = (need: (typeof all)[number]) => need.bytesAvailable - need.bytesNeeded;
    const tightest = all.toSorted((a, b) => left(a) - left(b))[0];
    return tightest ?? { bytesNeeded: 0, bytesAvailable: 0 };
  }

  #byDevice(): MapIterator<{ at: Path; bytes: number; availableBytes: number }> {
    const found = new Map<bigint, { at: Path; bytes: number; availableBytes: number }>();
    for (const [at, bytes] of this.#needs) {
      const { device, availableBytes } = freeSpace(at);
      const sum = bytes + (found.get(device)?.bytes ?? 0);
      found.set(device, { at, bytes: sum, availableBytes });
    }
    return found.values();
  }
}

function noSpace(at: Path, bytesNeeded: number, bytesAvailable: number): BackupError {
  return new BackupError(
    "no-space",
    `filesystem of ${quote(at)} has ${formatSize(bytesAvailable)} left, the restore needs ${formatSize(bytesNeeded)}`,
    {
      details: { path: at, bytesNeeded, bytesAvailable },
      hint: "the former state is kept beside the restored one: free some space, remove old pre-restore trees with clawback cleanup, or restore a part with --only",
    },
  );
}
