import { BackupError, isBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { type BlobIndex, BlobSet } from "../index-file/index.ts";
import { type Inventory, readInventory, walkTrees } from "../inventory/index.ts";
import type { Repository } from "../repository.ts";
import type { StoredSnapshot } from "../snapshot/index.ts";
import { shortId } from "../stored-file/index.ts";
import type { Tree } from "../tree/index.ts";
import type { BlobHandle, Id, IndexedBlob } from "../types.ts";
import type { PackUsage } from "./decide.ts";

const HINT = "run: clawback repository check; then repair what it finds. Nothing was changed";

/** What is there, and which of it snapshots need. */
export interface PruneState {
  readonly inventory: Inventory;
  readonly used: BlobSet;
}

/**
 * Reads what is there and what of it is used.
 * @throws BackupError `data-missing`, `data-corrupt`, `index-incomplete`: where anything is in doubt, nothing may be removed
 */
export async function readPruneState(
  repository: Repository,
  options: CallOptions,
): Promise<PruneState> {
  const inventory = await readInventory(repository, options);
  assertCertain(inventory);
  const used = new BlobSet();
  const { index, snapshots } = inventory;
  const needs = { ...options, index, used };
  for await (const handle of useBlobs(repository, snapshots.snapshots, needs)) {
    assertStored(handle, inventory);
  }
  return { inventory, used };
}

/** @throws BackupError when an index or snapshot cannot be read: it may name what would be removed */
export function assertCertain({
  indexProblems,
  snapshots,
  index,
}: Pick<Inventory, "indexProblems" | "snapshots" | "index">): void {
  const [problem] = [...indexProblems, ...snapshots.problems];
  if (problem !== undefined) throw refused(problem.error);
  const [conflict] = index.conflicts;
  if (conflict === undefined) return;
  const message = `pack ${shortId(conflict)} stands in two indexes with different content`;
  throw new BackupError("index-incomplete", `prune refused: ${message}`, { hint: HINT });
}

export interface UseBlobsOptions extends CallOptions {
  readonly index: BlobIndex;
  readonly used: BlobSet;
}

/**
 * Adds what snapshots need to `used`, and gives each blob that was not in it before.
 * @throws BackupError when a tree cannot be read
 */
export async function* useBlobs(
  repository: Repository,
  snapshots: readonly StoredSnapshot[],
  { index, used, signal }: UseBlobsOptions,
): AsyncGenerator<BlobHandle, void, undefined> {
  const loader = repository.createLoader(index);
  const roots = snapshots.map(({ tree }) => tree);
  for await (const visited of walkTrees(roots, { signal, loader, seen: used.tree })) {
    const handle = { type: "tree", id: visited.id } as const;
    if ("error" in visited) throw index.has(handle) ? refused(visited.error) : notIndexed(handle);
    yield handle;
    for (const id of contentsOf(visited.tree)) if (used.data.add(id)) yield { type: "data", id };
  }
}

function* contentsOf({ nodes }: Tree): Generator<Id, void, undefined> {
  for (const { type, content } of nodes) if (type === "file") yield* content ?? [];
}

/** Places whose pack is there with the size that the index says. */
export function storedPlaces(handle: BlobHandle, inventory: Inventory): IndexedBlob[] {
  const { index, packs } = inventory;
  return index.places(handle).filter(({ packId }) => packs.has(packId));
}

function assertStored(handle: BlobHandle, inventory: Inventory): void {
  if (storedPlaces(handle, inventory).length > 0) return;
  if (!inventory.index.has(handle)) throw notIndexed(handle);
  const message = `${handle.type} blob ${shortId(handle.id)} is needed, and its pack is missing`;
  throw new BackupError("data-missing", `prune refused: ${message}`, {
    details: { ...handle },
    hint: HINT,
  });
}

/** A snapshot needs a blob that no index knows. */
export function notIndexed(handle: BlobHandle): BackupError {
  const message = `${handle.type} blob ${shortId(handle.id)} is needed, and stands in no index`;
  return new BackupError("index-incomplete", `prune refused: ${message}`, {
    details: { ...handle },
    hint: HINT,
  });
}

/** @throws BackupError `data-corrupt` for a needed pack of unexpected size */
export function usagesOf({ inventory, used }: PruneState): PackUsage[] {
  const owned = countOwned(inventory, used);
  const usages: PackUsage[] = [];
  for (const { packId, blobs, sizeBytes } of inventory.index.packs()) {
    const usage = { usedBlobs: 0, usedBytes: 0, unusedBlobs: 0, unusedBytes: 0 };
    for (const blob of blobs) {
      const isUsed = used.has(blob) && isOwner({ ...blob, packId }, inventory, owned);
      usage[isUsed ? "usedBlobs" : "unusedBlobs"] += 1;
      usage[isUsed ? "usedBytes" : "unusedBytes"] += blob.lengthBytes;
    }
    assertSize(packId, sizeBytes, usage.usedBlobs, inventory);
    const types = new Set(blobs.map(({ type }) => type));
    const type = types.size > 1 ? "mixed" : (blobs[0]?.type ?? "data");
    const hasPlainTrees = blobs.some(
      (blob) => blob.type === "tree" && blob.uncompressedBytes === undefined,
    );
    usages.push({ packId, type, sizeBytes, hasPlainTrees, ...usage });
  }
  return usages;
}

function assertSize(packId: Id, sizeBytes: number, usedBlobs: number, { packs }: Inventory): void {
  const found = packs.get(packId)?.sizeBytes;
  if (usedBlobs === 0 || found === sizeBytes) return;
  const message = `pack ${shortId(packId)} is needed, and has ${found} bytes where the index says ${sizeBytes}`;
  throw new BackupError("data-corrupt", `prune refused: ${message}`, {
    details: { packId },
    hint: HINT,
  });
}

/** Bytes of each pack that no other pack has. */
function countOwned(inventory: Inventory, used: BlobSet): Map<Id, number> {
  const owned = new Map<Id, number>();
  for (const blob of inventory.index.blobs()) {
    if (!used.has(blob) || inventory.index.places(blob).length > 1) continue;
    owned.set(blob.packId, (owned.get(blob.packId) ?? 0) + blob.lengthBytes);
  }
  return owned;
}

/** Of a blob's places one counts: that in the pack which is needed most anyway. The others are waste. */
function isOwner(
  place: IndexedBlob,
  inventory: Inventory,
  owned: ReadonlyMap<Id, number>,
): boolean {
  const places = storedPlaces(place, inventory);
  if (places.length === 0) return false;
  const best = places.reduce((most, each) => {
    const difference = (owned.get(each.packId) ?? 0) - (owned.get(most.packId) ?? 0);
    if (difference !== 0) return difference > 0 ? each : most;
    if (each.packId !== most.packId) return each.packId < most.packId ? each : most;
    return each.offsetBytes < most.offsetBytes ? each : most;
  });
  return best.packId === place.packId && best.offsetBytes === place.offsetBytes;
}

/** The same failure, as the reason why nothing is pruned. */
export function refused(error: BackupError): BackupError {
  const isIntegrity = isBackupError(error) && ["integrity", "limits"].includes(error.category);
  if (!isIntegrity) return error;
  const message = `prune refused: ${error.message}`;
  return new BackupError(error.code, message, { details: error.details, hint: HINT, cause: error });
}
