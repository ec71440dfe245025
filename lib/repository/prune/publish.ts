import { assertNotCancelled, BackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { type MarkedPack, writeIndexFiles } from "../index-file/index.ts";
import { type IndexFile, type Inventory, loadIndexFile } from "../inventory/index.ts";
import type { Repository } from "../repository.ts";
import { listSnapshots } from "../snapshot/index.ts";
import type { Id, PackContents } from "../types.ts";
import { unindexedPacks } from "./plan.ts";
import { assertCertain, notIndexed, type PruneState, useBlobs } from "./state.ts";

export interface Published {
  /** Packs that left the index. */
  readonly removed: ReadonlySet<Id>;
  /** Packs that were to leave it, and are needed by snapshots that came meanwhile. */
  readonly rescued: ReadonlySet<Id>;
  /** Packs in no index that may be deleted. */
  readonly deletable: readonly Id[];
  /** Every index file there is now. */
  readonly indexIds: ReadonlySet<Id>;
}

/** So many index files beyond what the blobs need, and all are written anew: every client reads all of them. */
const MAX_SPARE_INDEXES = 16;
const INDEX_BLOBS = 50_000;

/**
 * Takes packs out of the index. **To be called under an exclusive lock**: nobody else writes, and nobody holds an index that he will write by.
 *
 * What came since the state was read is read first: a snapshot that was made meanwhile may need blobs that nobody needed before, and their packs stay.
 * New index files are written before any old one is deleted, so that a kill at any moment leaves every needed blob in some index.
 */
export async function publish(
  repository: Repository,
  state: PruneState,
  gone: ReadonlySet<Id>,
  options: CallOptions,
): Promise<Published> {
  const files = await catchUp(repository, state, options);
  const removed = new Set(gone);
  const rescued = await rescue(repository, state, removed, options);
  const now = repository.clock.now();
  const { deletable } = unindexedPacks(state, now);
  const marked = newMarks(state.inventory, files, { removed, deletable, now });
  const old = toBeRewritten(state.inventory, files, removed);
  const indexIds = new Set(files.map(({ id }) => id));
  assertNotCancelled(options.signal);
  if (old.length === 0) return { removed, rescued, deletable, indexIds };
  const packs = remainingPacks(state.inventory, old, removed);
  const written = await writeIndexFiles(packs, marked, (json) =>
    repository.storedFiles.save("index", json, options),
  );
  for (const { id } of old) {
    assertNotCancelled(options.signal);
    await repository.storedFiles.delete("index", id, options);
    indexIds.delete(id);
  }
  for (const id of written) indexIds.add(id);
  return { removed, rescued, deletable, indexIds };
}

/** What the files that are rewritten name, without what leaves. */
function* remainingPacks(
  { index }: Inventory,
  files: readonly IndexFile[],
  removed: ReadonlySet<Id>,
): Generator<PackContents, void, undefined> {
  const packIds = new Set(files.flatMap((file) => file.packIds));
  for (const pack of index.packs()) {
    if (packIds.has(pack.packId) && !removed.has(pack.packId)) yield pack;
  }
}

/** Adds index files that came since, and makes sure that none has gone. */
async function catchUp(
  { storedFiles }: Repository,
  { inventory }: PruneState,
  options: CallOptions,
): Promise<IndexFile[]> {
  const known = new Map(inventory.indexFiles.map((file) => [file.id, file]));
  const files: IndexFile[] = [];
  for await (const { id } of storedFiles.list("index", options)) {
    const file = known.get(id);
    known.delete(id);
    if (file !== undefined) {
      files.push(file);
      continue;
    }
    const loaded = await loadIndexFile({ storedFiles }, id, options);
    for (const pack of loaded.packs) inventory.index.addPack(pack);
    files.push(loaded.file);
  }
  if (known.size > 0) throw outdated();
  assertCertain({ ...inventory, indexProblems: [] });
  return files;
}

/** Keeps what snapshots need that came since. @returns the packs that are kept after all */
async function rescue(
  repository: Repository,
  { inventory, used }: PruneState,
  removed: Set<Id>,
  options: CallOptions,
): Promise<Set<Id>> {
  const known = new Set(inventory.snapshots.snapshots.map(({ id }) => id));
  const snapshots = await listSnapshots(repository.storedFiles, options);
  const { index } = inventory;
  assertCertain({ snapshots, indexProblems: [], index });
  const rescued = new Set<Id>();
  const fresh = snapshots.snapshots.filter(({ id }) => !known.has(id));
  for await (const handle of useBlobs(repository, fresh, { ...options, index, used })) {
    const places = index.places(handle);
    const [first] = places;
    if (first === undefined) throw notIndexed(handle);
    if (places.some(({ packId }) => !removed.has(packId))) continue;
    removed.delete(first.packId);
    rescued.add(first.packId);
  }
  return rescued;
}

/** Marks of packs that wait for their deletion, old ones and new ones. */
function newMarks(
  { index, packs }: Inventory,
  files: readonly IndexFile[],
  change: {
    readonly removed: ReadonlySet<Id>;
    readonly deletable: readonly Id[];
    readonly now: Date;
  },
): MarkedPack[] {
  const { removed, now } = change;
  const deletable = new Set(change.deletable);
  const marks = new Map<Id, MarkedPack>();
  for (const mark of files.flatMap(({ marked }) => marked)) {
    const { packId } = mark;
    if (!packs.has(packId) || index.hasPack(packId) || deletable.has(packId)) continue;
    const other = marks.get(packId);
    if (other === undefined || other.markedAt < mark.markedAt) marks.set(packId, mark);
  }
  for (const { packId, blobs } of index.packs()) {
    if (removed.has(packId) && packs.has(packId))
      marks.set(packId, { packId, blobs, markedAt: now });
  }
  return [...marks.values()];
}

/**
 * Files that name a pack which leaves, with those that hold marks, because these come together in a new one. All of them, where there are many
 * more than needed.
 */
function toBeRewritten(
  { index }: Inventory,
  files: readonly IndexFile[],
  removed: ReadonlySet<Id>,
): IndexFile[] {
  if (files.length > Math.ceil(index.blobCount / INDEX_BLOBS) + MAX_SPARE_INDEXES)
    return [...files];
  const naming = files.filter(({ packIds }) => packIds.some((id) => removed.has(id)));
  if (naming.length === 0) return [];
  return files.filter((file) => file.marked.length > 0 || naming.includes(file));
}

function outdated(): BackupError {
  const message =
    "repository was pruned or repaired by somebody else meanwhile; nothing was removed";
  return new BackupError("plan-outdated", message, { hint: "run prune again" });
}
