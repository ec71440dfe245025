/**
 * Blobs in and out of storage.
 *
 * `BlobLoader` reads blobs by what the index says, many of a pack in one ranged read, and tries another place where one is damaged.
 * `BlobSaver` stores each blob once, in packs, and the index files that name them.
 *
 * Order is what keeps a repository whole: an index file is written only when every pack that it names is stored. A run that ends
 * anywhere leaves packs that no index names, which harm nobody and are removed by prune. Decoding and encoding is synchronous;
 * what is awaited is the storage alone, and how much is held in memory meanwhile is bounded on both ways.
 *
 * @module
 */
export {
  BlobLoader,
  type BlobLoaderOptions,
  type LoadedBlob,
  type LoadManyOptions,
} from "./blob-loader.ts";
export {
  BlobSaver,
  type BlobSaverOptions,
  type SaveBlobOptions,
  type SavedBlob,
  type SavedTotals,
} from "./blob-saver.ts";
export { type PackRange, planRanges } from "./ranges.ts";
