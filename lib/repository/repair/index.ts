/**
 * Repairs what can be repaired, and says exactly what cannot.
 *
 * `repairIndex` makes the indexes anew from the packs; when it is told to read the data, what is whole of a damaged pack is written again, and the
 * rest leaves the index, so that the next backup of the same files stores it anew. `repairSnapshots` writes snapshots without the files and
 * directories that cannot be read. Neither deletes a pack, and the old snapshots stay unless their removal is asked for.
 *
 * @module
 */
export { type RepairIndexOptions, type RepairIndexReport, repairIndex } from "./repair-index.ts";
export {
  type RepairedSnapshot,
  type RepairSnapshotsOptions,
  type RepairSnapshotsReport,
  repairSnapshots,
} from "./repair-snapshots.ts";
