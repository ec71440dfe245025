import { type BackupError, isBackupError, mapConcurrent } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { BlobIndex, decodeIndex, type MarkedPack } from "../index-file/index.ts";
import type { Repository } from "../repository.ts";
import { listSnapshots, type SnapshotList } from "../snapshot/index.ts";
import { inFile } from "../stored-file/index.ts";
import type { Id, PackContents } from "../types.ts";

/** The parts of an open repository that its care works with. */
export type InventoryParts = Pick<Repository, "storage" | "storedFiles" | "sealer">;

/** A pack as the storage lists it. */
export interface PackInfo {
  readonly sizeBytes: number;
  /** By the storage's clock. */
  readonly modifiedAt: Date;
}

/** An index file, and the packs it names. */
export interface IndexFile {
  readonly id: Id;
  readonly packIds: readonly Id[];
  readonly marked: readonly MarkedPack[];
}

/** A stored file that cannot be read. */
export interface StoredFileProblem {
  readonly id: Id;
  readonly error: BackupError;
}

export interface Inventory {
  readonly snapshots: SnapshotList;
  readonly indexFiles: readonly IndexFile[];
  readonly indexProblems: readonly StoredFileProblem[];
  /** What all readable index files say. */
  readonly index: BlobIndex;
  readonly packs: ReadonlyMap<Id, PackInfo>;
}

/** Index files held at once: up to 8 MB each. */
const CONCURRENT_INDEXES = 4;

/**
 * Reads what there is. **Snapshots first, then indexes, then packs**: a writer stores in the opposite order, so that whatever a snapshot
 * of this inventory needs stands in its index, and every pack in its index is in its listing.
 * @throws BackupError what the storage throws, except for single files
 */
export async function readInventory(
  parts: InventoryParts,
  options: CallOptions = {},
): Promise<Inventory> {
  const snapshots = await listSnapshots(parts.storedFiles, options);
  const index = new BlobIndex();
  const indexFiles: IndexFile[] = [];
  const indexProblems: StoredFileProblem[] = [];
  const load = ({ id }: { readonly id: Id }) => tryLoad(parts, id, options);
  const limits = { limit: CONCURRENT_INDEXES, signal: options.signal };
  for await (const found of mapConcurrent(parts.storedFiles.list("index", options), load, limits)) {
    if ("error" in found) indexProblems.push(found);
    else {
      for (const pack of found.packs) index.addPack(pack);
      indexFiles.push(found.file);
    }
  }
  const packs = await listPacks(parts, options);
  return { snapshots, indexFiles, indexProblems, index, packs };
}

interface LoadedIndexFile {
  readonly file: IndexFile;
  readonly packs: readonly PackContents[];
}

async function tryLoad(
  parts: InventoryParts,
  id: Id,
  options: CallOptions,
): Promise<LoadedIndexFile | StoredFileProblem> {
  try {
    return await loadIndexFile(parts, id, options);
  } catch (error) {
    if (!isBackupError(error) || !isDamage(error)) throw error;
    return { id, error };
  }
}

/** @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded`; what the storage throws */
export async function loadIndexFile(
  { storedFiles }: Pick<InventoryParts, "storedFiles">,
  id: Id,
  options: CallOptions = {},
): Promise<LoadedIndexFile> {
  const json = await storedFiles.load("index", id, options);
  const marked: MarkedPack[] = [];
  try {
    const packs = [...decodeIndex(json, (pack) => marked.push(pack))];
    return { file: { id, packIds: packs.map(({ packId }) => packId), marked }, packs };
  } catch (error) {
    throw inFile("index", id, error);
  }
}

function isDamage({ category }: BackupError): boolean {
  return category === "integrity" || category === "limits";
}

/** Every pack that the storage lists. */
export async function listPacks(
  { storedFiles }: Pick<InventoryParts, "storedFiles">,
  options: CallOptions = {},
): Promise<Map<Id, PackInfo>> {
  const packs = new Map<Id, PackInfo>();
  for await (const { id, sizeBytes, modifiedAt } of storedFiles.list("pack", options)) {
    packs.set(id, { sizeBytes, modifiedAt });
  }
  return packs;
}
