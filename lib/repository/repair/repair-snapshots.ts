import { CLAWBACK_VERSION, type OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { Damage, findLosses, type Loss, readInventory } from "../inventory/index.ts";
import type { LockOptions } from "../lock/index.ts";
import type { Repository } from "../repository.ts";
import { type Snapshot, type StoredSnapshot, saveSnapshot } from "../snapshot/index.ts";
import type { Id } from "../types.ts";
import { readAllPacks } from "./read-all-packs.ts";
import { TreeRepairer } from "./tree-repairer.ts";

export interface RepairSnapshotsOptions extends CallOptions {
  /** Only these. @default all */
  readonly snapshots?: readonly Id[] | undefined;
  /** Removes the old snapshots once the new ones are stored, and those of which nothing can be saved. @default false */
  readonly removeOld?: boolean | undefined;
  /** Reads all data first, so that damage inside packs is known too. @default false */
  readonly readData?: boolean | undefined;
  /** Says what would be lost, and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly lock?: Omit<LockOptions, "exclusive" | "signal"> | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface RepairedSnapshot {
  readonly id: Id;
  readonly time: string;
  /** The snapshot without what is lost; undefined when nothing can be saved, or nothing was written. */
  readonly repairedId?: Id | undefined;
  readonly lost: readonly Loss[];
  readonly removed: boolean;
}

export interface RepairSnapshotsReport {
  readonly checked: number;
  /** Those with losses; the others are whole and stay as they are. */
  readonly snapshots: readonly RepairedSnapshot[];
  /** Snapshot files that cannot be read. Nothing is known of them; they stay unless old ones are removed. */
  readonly unreadable: readonly {
    readonly id: Id;
    readonly message: string;
    readonly removed: boolean;
  }[];
}

/** Restic's, for snapshots that it has repaired. */
const REPAIRED_TAG = "repaired";

/**
 * Writes damaged snapshots again without what cannot be read. A file with a lost piece is left out whole: half a file under its own name would be
 * taken for the file. Under a shared lock; an exclusive one to remove old snapshots.
 * @throws BackupError `repository-locked`; what the storage throws
 */
export async function repairSnapshots(
  repository: Repository,
  options: RepairSnapshotsOptions = {},
): Promise<RepairSnapshotsReport> {
  const { signal: outer, lock: waiting, removeOld = false } = options;
  await using lock = await repository.lock({ ...waiting, exclusive: removeOld, signal: outer });
  const signal = outer === undefined ? lock.signal : AbortSignal.any([outer, lock.signal]);
  return await repair(repository, { ...options, signal });
}

async function repair(
  repository: Repository,
  options: RepairSnapshotsOptions,
): Promise<RepairSnapshotsReport> {
  const { signal, snapshots: wanted } = options;
  const inventory = await readInventory(repository, { signal });
  const { index, packs } = inventory;
  const damage = new Damage(index);
  for (const { packId } of index.packs()) if (!packs.has(packId)) damage.addPack(packId);
  if (options.readData) await readAllPacks(repository, index, { ...options, damage });
  const loader = repository.createLoader(index);
  const chosen = inventory.snapshots.snapshots.filter(({ id }) => wanted?.includes(id) ?? true);
  const losses = new Map<Id, Loss[]>();
  for await (const loss of findLosses(chosen, { loader, damage, signal })) {
    const others = losses.get(loss.snapshotId);
    if (others === undefined) losses.set(loss.snapshotId, [loss]);
    else others.push(loss);
  }
  const repairer = new TreeRepairer(repository, { loader, index, damage, signal });
  const repaired: RepairedSnapshot[] = [];
  for (const snapshot of chosen) {
    const lost = losses.get(snapshot.id);
    if (lost === undefined) continue;
    repaired.push(await repairOne(repository, snapshot, { lost, repairer, options }));
  }
  const unreadable = [];
  for (const { id, error } of inventory.snapshots.problems) {
    if (wanted !== undefined && !wanted.includes(id)) continue;
    const removed = await removeOldSnapshot(repository, id, options);
    unreadable.push({ id, message: error.message, removed });
  }
  return { checked: chosen.length, snapshots: repaired, unreadable };
}

async function repairOne(
  repository: Repository,
  snapshot: StoredSnapshot,
  context: {
    readonly lost: readonly Loss[];
    readonly repairer: TreeRepairer;
    readonly options: RepairSnapshotsOptions;
  },
): Promise<RepairedSnapshot> {
  const { lost, repairer, options } = context;
  const { id, time } = snapshot;
  if (options.dryRun) return { id, time, lost, removed: false };
  const tree = await repairer.repair(snapshot.tree);
  let repairedId: Id | undefined;
  if (tree !== undefined) {
    // Everything the new snapshot names is stored before it is.
    await repairer.flush();
    const { signal } = options;
    const saved = await saveSnapshot(repository.storedFiles, renewed(snapshot, tree), { signal });
    repairedId = saved.id;
  }
  const removed = await removeOldSnapshot(repository, id, options);
  return { id, time, repairedId, lost, removed };
}

function renewed({ id, ...snapshot }: StoredSnapshot, tree: Id): Snapshot {
  const tags = [...new Set([...(snapshot.tags ?? []), REPAIRED_TAG])];
  const programVersion = `clawback ${CLAWBACK_VERSION}`;
  return { ...snapshot, tree, original: snapshot.original ?? id, tags, programVersion };
}

async function removeOldSnapshot(
  { storedFiles }: Repository,
  id: Id,
  { removeOld = false, dryRun = false, signal }: RepairSnapshotsOptions,
): Promise<boolean> {
  if (!removeOld || dryRun) return false;
  await storedFiles.delete("snapshot", id, { signal });
  return true;
}
