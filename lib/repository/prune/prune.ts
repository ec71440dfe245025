import { assertNotCancelled, type OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { loadIndexFile } from "../inventory/index.ts";
import type { LockOptions } from "../lock/index.ts";
import type { Repository } from "../repository.ts";
import type { Id } from "../types.ts";
import type { RepackOptions } from "./decide.ts";
import { makePlan } from "./plan.ts";
import { type Published, publish } from "./publish.ts";
import { repack } from "./repack.ts";
import { type PruneState, readPruneState } from "./state.ts";
import type { Amount, PrunePlan } from "./types.ts";

export interface PruneOptions extends CallOptions, Omit<RepackOptions, "mayRepack"> {
  /** Of new packs. @default 16 MiB */
  readonly packBytes?: number | undefined;
  /** How to wait for others. @default fail at once */
  readonly lock?: Omit<LockOptions, "exclusive" | "signal"> | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface PruneReport {
  readonly plan: PrunePlan;
  /** New packs. */
  readonly writtenBytes: number;
  /** Packs that left the index; their space comes back in a day or later. */
  readonly removed: Amount;
  /** Packs that would have left it, and are needed by snapshots made meanwhile. */
  readonly rescued: number;
  /** What was given back now. */
  readonly deleted: Amount;
}

/**
 * Says what a prune would do.
 * @throws BackupError `repository-locked`; `data-missing`, `data-corrupt`, `index-incomplete` where a prune would refuse
 */
export async function planPrune(
  repository: Repository,
  options: PruneOptions = {},
): Promise<PrunePlan> {
  return await withLock(repository, false, options, async (signal) =>
    makePlan(repository, await readPruneState(repository, { signal }), options),
  );
}

/**
 * Prunes, while others may go on making snapshots:
 *
 * 1. *Shared lock*: read snapshots, indexes, packs and all trees; decide; write what is used of the packs to be repacked into new packs,
 *    with an index of their own.
 * 2. *Exclusive lock*, for seconds: read what came meanwhile, keep the packs it needs, write new indexes without the others, delete the old
 *    indexes. Packs that leave the index are marked there with the time.
 * 3. *Shared lock*: delete packs that have stood in no index for a day.
 *
 * **Why no pack is lost that anybody needs.** A writer holds a shared lock from before he reads the index until his snapshot is stored. So at step 2 there is
 * no writer: every snapshot is complete and has been looked at, and every later writer reads the new index, which does not name what
 * left it; he cannot refer to it. A pack that an unfinished run has stored, and that no index names yet, is none of those of step 3: when
 * step 2 held the lock its run had ended, so it will never be named; and it is a day old besides. While step 3 holds a shared lock nobody can
 * put a pack back into the index, since that (`repair index`) takes an exclusive one; what happened between the two locks is read again.
 * Readers without a lock, with an index of before step 2, have a day to finish. A writer that slept so long that his lock was taken for dead is stopped by
 * the lock itself.
 *
 * **Killed anywhere**: new packs without an index, or blobs in two packs, or two indexes for one pack; all harmless, and cleaned by the next prune.
 *
 * @throws BackupError `repository-locked`, `plan-outdated` when somebody else pruned meanwhile; what {@link planPrune} throws
 */
export async function pruneRepository(
  repository: Repository,
  options: PruneOptions = {},
): Promise<PruneReport> {
  const { onProgress, packBytes } = options;
  const planned = await withLock(repository, false, options, async (signal) => {
    const state = await readPruneState(repository, { signal });
    const plan = makePlan(repository, state, options);
    const gone = new Set([...plan.removeIds, ...plan.repackIds]);
    const mustWrite = plan.repackIds.length > 0;
    const writtenBytes = mustWrite
      ? await repack(repository, state, gone, { signal, packBytes, onProgress })
      : 0;
    return { state, plan, gone, writtenBytes };
  });
  const { state, plan, gone, writtenBytes } = planned;
  const published = await withLock(repository, true, options, (signal) =>
    publish(repository, state, gone, { signal }),
  );
  const deleted = await withLock(repository, false, options, (signal) =>
    deletePacks(repository, published, { signal }),
  );
  const { removed, rescued } = published;
  return {
    plan,
    writtenBytes,
    removed: amountOf(removed, state),
    rescued: rescued.size,
    deleted: amountOf(deleted, state),
  };
}

async function withLock<T>(
  repository: Repository,
  exclusive: boolean,
  { lock: waiting, signal: outer }: PruneOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using lock = await repository.lock({ ...waiting, exclusive, signal: outer });
  return await work(outer === undefined ? lock.signal : AbortSignal.any([outer, lock.signal]));
}

async function deletePacks(
  { storedFiles }: Repository,
  { deletable, indexIds }: Published,
  options: CallOptions,
): Promise<Id[]> {
  if (deletable.length === 0) return [];
  const wanted = new Set(deletable);
  for await (const { id } of storedFiles.list("index", options)) {
    if (indexIds.has(id)) continue;
    const { file } = await loadIndexFile({ storedFiles }, id, options);
    for (const packId of file.packIds) wanted.delete(packId);
  }
  for (const packId of wanted) {
    assertNotCancelled(options.signal);
    await storedFiles.delete("pack", packId, options);
  }
  return [...wanted];
}

function amountOf(ids: Iterable<Id>, { inventory }: PruneState): Amount {
  const sizes = [...ids].map((id) => inventory.packs.get(id)?.sizeBytes ?? 0);
  return { count: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}
