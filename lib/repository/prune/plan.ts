import { DAY_MS } from "../../base/index.ts";
import type { Repository } from "../repository.ts";
import type { Id } from "../types.ts";
import { decidePacks, type PackUsage, type RepackOptions } from "./decide.ts";
import { type PruneState, usagesOf } from "./state.ts";
import type { Amount, PrunePlan } from "./types.ts";

/** How long a pack has to stand in no index before it is deleted. */
export const KEEP_UNINDEXED_MS: number = DAY_MS;

/** Decides what becomes of every pack; changes nothing. */
export function makePlan(
  { config, clock }: Pick<Repository, "config" | "clock">,
  state: PruneState,
  options: RepackOptions,
): PrunePlan {
  const { inventory } = state;
  const usages = usagesOf(state);
  const decisions = decidePacks(usages, { ...options, mayRepack: config.version === 2 });
  const decided = (decision: string) =>
    usages.filter(({ packId }) => decisions.get(packId) === decision);
  const [keep, repack, remove] = [decided("keep"), decided("repack"), decided("remove")];
  const { deletable, waiting } = unindexedPacks(state, clock.now());
  const sizeOf = (packId: Id): number => inventory.packs.get(packId)?.sizeBytes ?? 0;
  const amountOf = (ids: readonly Id[]): Amount => {
    return { count: ids.length, bytes: ids.reduce((sum, id) => sum + sizeOf(id), 0) };
  };
  const idsOf = (of: readonly PackUsage[]): Id[] => of.map(({ packId }) => packId);
  return {
    repositoryId: config.id,
    snapshots: inventory.snapshots.snapshots.length,
    blobs: blobAmounts(state, usages),
    packs: {
      keep: amountOf(idsOf(keep)),
      repack: amountOf(idsOf(repack)),
      remove: amountOf(idsOf(remove)),
      delete: amountOf(deletable),
      waiting: amountOf(waiting),
    },
    unusedAfterBytes: keep.reduce((sum, { unusedBytes }) => sum + unusedBytes, 0),
    indexFiles: inventory.indexFiles.length,
    repackIds: idsOf(repack),
    removeIds: idsOf(remove),
    deleteIds: deletable,
  };
}

/**
 * Sorts packs in no index by whether they may be deleted: not before a day after they were taken out of the index, which their mark says; one that no
 * mark knows was never in an index or taken out by another program, and waits for a day after it was stored.
 */
export function unindexedPacks(
  { inventory }: Pick<PruneState, "inventory">,
  now: Date,
): { readonly deletable: Id[]; readonly waiting: Id[] } {
  const { index, packs, indexFiles } = inventory;
  const markedMs = new Map<Id, number>();
  for (const { packId, markedAt } of indexFiles.flatMap(({ marked }) => marked)) {
    markedMs.set(packId, Math.max(markedAt.getTime(), markedMs.get(packId) ?? 0));
  }
  const deletable: Id[] = [];
  const waiting: Id[] = [];
  for (const [packId, { modifiedAt }] of packs) {
    if (index.hasPack(packId)) continue;
    const sinceMs = Math.max(modifiedAt.getTime(), markedMs.get(packId) ?? 0);
    (now.getTime() - sinceMs >= KEEP_UNINDEXED_MS ? deletable : waiting).push(packId);
  }
  return { deletable, waiting };
}

function blobAmounts(
  { inventory, used }: PruneState,
  usages: readonly PackUsage[],
): PrunePlan["blobs"] {
  const amount = (blobs: "usedBlobs" | "unusedBlobs", bytes: "usedBytes" | "unusedBytes") => ({
    count: usages.reduce((sum, usage) => sum + usage[blobs], 0),
    bytes: usages.reduce((sum, usage) => sum + usage[bytes], 0),
  });
  const usedAmount = amount("usedBlobs", "usedBytes");
  const all = { count: 0, bytes: 0 };
  for (const blob of inventory.index.blobs()) {
    if (!used.has(blob)) continue;
    all.count += 1;
    all.bytes += blob.lengthBytes;
  }
  return {
    used: usedAmount,
    unused: amount("unusedBlobs", "unusedBytes"),
    duplicate: { count: all.count - usedAmount.count, bytes: all.bytes - usedAmount.bytes },
  };
}
