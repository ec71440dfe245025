import type { BackupError, OnProgress } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { BlobIndex, rebuildBlobIndex, writeIndexFiles } from "../index-file/index.ts";
import { Damage, type Inventory, readInventory } from "../inventory/index.ts";
import type { LockOptions } from "../lock/index.ts";
import { readPackHeader, type StoredPack } from "../pack/index.ts";
import type { Repository } from "../repository.ts";
import { objectKeyOf } from "../stored-file/index.ts";
import type { BlobHandle, Id, PackContents } from "../types.ts";
import { readAllPacks } from "./read-all-packs.ts";

export interface RepairIndexOptions extends CallOptions {
  /** Believes no index, and reads the header of every pack. @default false: only of those that no index describes rightly */
  readonly readAllPacks?: boolean | undefined;
  /** Reads all data too, and saves what is whole of damaged packs. @default false */
  readonly readData?: boolean | undefined;
  readonly lock?: Omit<LockOptions, "exclusive" | "signal"> | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface RepairIndexReport {
  /** In the index now. */
  readonly packs: number;
  readonly blobs: number;
  /** Packs that no index described rightly, and that are in it now. */
  readonly added: readonly Id[];
  /** Packs that an index named and that are not there. */
  readonly missing: readonly Id[];
  /** Packs whose header cannot be read. */
  readonly unreadable: readonly { readonly packId: Id; readonly message: string }[];
  /** Packs with damaged blobs, which left the index; what was whole of them was written anew. */
  readonly damaged: readonly Id[];
  /** Blobs that no pack holds any more, as far as the indexes or headers named them. */
  readonly lost: readonly BlobHandle[];
  /** Index files that could not be read, and are replaced. */
  readonly replaced: readonly Id[];
}

const CONCURRENT_READS = 4;

/**
 * Makes the indexes anew: every pack that is there, as an index describes it or else as its own header does. New files are written before
 * the old ones are deleted. Under an exclusive lock.
 * @throws BackupError `repository-locked`; what the storage throws
 */
export async function repairIndex(
  repository: Repository,
  options: RepairIndexOptions = {},
): Promise<RepairIndexReport> {
  const { signal: outer, lock: waiting } = options;
  await using lock = await repository.lock({ ...waiting, exclusive: true, signal: outer });
  const signal = outer === undefined ? lock.signal : AbortSignal.any([outer, lock.signal]);
  return await repair(repository, { ...options, signal });
}

async function repair(
  repository: Repository,
  options: RepairIndexOptions,
): Promise<RepairIndexReport> {
  const { storedFiles } = repository;
  const { signal } = options;
  const inventory = await readInventory(repository, { signal });
  const index = options.readAllPacks ? new BlobIndex() : describedRightly(inventory);
  const undescribed = [...inventory.packs].filter(([packId]) => !index.hasPack(packId));
  const found = await readHeaders(repository, undescribed.map(toStoredPack), { signal });
  index.merge(found.index);
  const damage = new Damage(index);
  const damaged = options.readData ? await salvage(repository, index, damage, options) : [];
  const kept = [...index.packs()].filter(({ packId }) => !damaged.includes(packId));
  const saveIndex = (json: Uint8Array) => storedFiles.save("index", json, { signal });
  await writeIndexFiles(kept, [], saveIndex);
  const replaced = inventory.indexProblems.map(({ id }) => id);
  const old = [...inventory.indexFiles.map(({ id }) => id), ...replaced];
  for (const id of old) await storedFiles.delete("index", id, { signal });
  const now = await repository.loadIndex({ signal });
  return {
    packs: now.packCount,
    blobs: now.blobCount,
    added: [...found.index.packs()].map(({ packId }) => packId),
    missing: [...packIdsOf(inventory.index)].filter((packId) => !inventory.packs.has(packId)),
    unreadable: found.unreadable.map(({ packId, error }) => ({
      packId,
      message: messageOf(error),
    })),
    damaged,
    lost: lostBlobs([inventory.index, index], now),
    replaced,
  };
}

/** Packs that are there with the size that the indexes say, and that these agree about. */
function describedRightly({ index, packs }: Inventory): BlobIndex {
  const right = new BlobIndex();
  for (const pack of index.packs()) {
    const isRight = packs.get(pack.packId)?.sizeBytes === pack.sizeBytes;
    if (isRight && !index.conflicts.has(pack.packId)) right.addPack(pack);
  }
  return right;
}

async function readHeaders(repository: Repository, packs: StoredPack[], { signal }: CallOptions) {
  const { storage, sealer } = repository;
  const load = (pack: StoredPack): Promise<PackContents> => {
    const key = objectKeyOf("pack", pack.packId);
    const read = (offsetBytes: number, lengthBytes: number) =>
      storage.get(key, lengthBytes, { range: { offsetBytes, lengthBytes }, signal });
    return readPackHeader(pack, read, sealer);
  };
  return await rebuildBlobIndex(packs, load, { limit: CONCURRENT_READS, signal });
}

/** Reads every pack, and writes anew what is whole of those that are damaged. @returns the damaged ones */
async function salvage(
  repository: Repository,
  index: BlobIndex,
  damage: Damage,
  { signal, onProgress }: RepairIndexOptions,
): Promise<Id[]> {
  const damaged = await readAllPacks(repository, index, { damage, signal, onProgress });
  if (damaged.length === 0) return [];
  const isDamaged = new Set(damaged.map(({ packId }) => packId));
  const loader = repository.createLoader(index);
  await using saver = repository.createSaver(new BlobIndex(), { signal });
  for (const { packId, blobs } of damaged) {
    const whole = blobs.filter((blob) => damage.isPlaceReadable({ ...blob, packId }));
    const needed = whole.filter((blob) =>
      index.places(blob).every((place) => isDamaged.has(place.packId)),
    );
    for await (const loaded of loader.loadMany(needed, { signal })) {
      if ("error" in loaded) continue;
      await saver.save(loaded.handle.type, loaded.bytes, { id: loaded.handle.id });
    }
  }
  await saver.flush();
  return [...isDamaged];
}

function lostBlobs(before: readonly BlobIndex[], now: BlobIndex): BlobHandle[] {
  const lost = new Map<string, BlobHandle>();
  for (const index of before) {
    for (const { type, id } of index.blobs()) {
      if (!now.has({ type, id })) lost.set(`${type} ${id}`, { type, id });
    }
  }
  return [...lost.values()];
}

function packIdsOf(index: BlobIndex): Set<Id> {
  return new Set([...index.packs()].map(({ packId }) => packId));
}

function toStoredPack([packId, { sizeBytes }]: readonly [Id, { readonly sizeBytes: number }]) {
  return { packId, sizeBytes };
}

function messageOf({ message }: BackupError): string {
  return message;
}
