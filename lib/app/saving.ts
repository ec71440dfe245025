import { GIB, MIB } from "../base/index.ts";
import type { SavingOptions } from "../repository/index.ts";

/** Below this the agent beside us would be pushed out of memory. */
const SCARCE_BYTES: number = GIB;

/**
 * How blobs are saved on a machine with so much memory left. Usually packing has a thread of its own, which takes 40 MB and halves a first
 * snapshot on two processors; where memory is scarce there is none, and packs are half as large.
 *
 * @param availableBytes - What this process may still take; a container's limit counts. @default asked of the system
 */
export function savingFor(availableBytes: number = process.availableMemory()): SavingOptions {
  return availableBytes < SCARCE_BYTES
    ? { packBytes: 8 * MIB, uploads: 2 }
    : { inThread: true, uploads: 2 };
}
