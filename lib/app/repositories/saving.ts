import { GIB, MIB } from "../../base/index.ts";
import type { MasterKey, Repository, SavingOptions } from "../../repository/index.ts";

/** Below this the agent beside us would be pushed out of memory. */
const SCARCE_BYTES: number = GIB;

/**
 * How blobs are saved on a machine with so much memory left. Usually packing has a thread of its own, which takes 70 MB and on two
 * processors saves a third of a first snapshot's time; where memory is scarce there is none.
 *
 * Packs are half as large as restic's: four to six of them are in memory at once, and with 16 MiB a first snapshot of 540 MB peaked at
 * 345 MB, with 8 MiB at 290.
 *
 * @param availableBytes - What this process may still take; a container's limit counts. @default asked of the system
 */
export function savingFor(availableBytes: number = process.availableMemory()): SavingOptions {
  return { packBytes: 8 * MIB, uploads: 2, inThread: availableBytes >= SCARCE_BYTES };
}

/**
 * The key to open blobs with in a thread of its own, where there is memory for it: restoring and verifying much then takes two processors.
 *
 * @param availableBytes - As for {@link savingFor}.
 */
export function threadKeyOf(
  { masterKey }: Pick<Repository, "masterKey">,
  availableBytes: number = process.availableMemory(),
): MasterKey | undefined {
  return availableBytes >= SCARCE_BYTES ? masterKey : undefined;
}
