/**
 * What a repository holds, for those who care for it: `check`, `prune` and `repair`.
 *
 * `readInventory` lists snapshots, indexes and packs, in the order in which a writer beside it cannot mislead it. `walkTrees` reads
 * every tree once, many at a time. `Damage` keeps what of the blobs cannot be read, and `findLosses` says which files of which snapshots that
 * costs. Nothing here writes, and damage is data: only a storage that fails, or a cancelled call, throws.
 *
 * @module
 */
export { Damage } from "./damage.ts";
export {
  type IndexFile,
  type Inventory,
  type InventoryParts,
  listPacks,
  loadIndexFile,
  type PackInfo,
  readInventory,
  type StoredFileProblem,
} from "./inventory.ts";
export { findLosses, isLost, type Loss } from "./losses.ts";
export { type VisitedTree, type WalkTreesOptions, walkTrees } from "./walk-trees.ts";
