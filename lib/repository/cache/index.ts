/**
 * A local copy of what every command reads again: indexes, snapshots, and the packs that hold trees. Data is never kept.
 *
 * `withRepositoryCache` stands before the repository's storage and looks like it. The cache is any other `ObjectStorage`; it may be deleted at any time,
 * and a cache that fails or lies costs time only: each object is held against the hash that names it before it is given out. It never says
 * what exists: an index or snapshot is taken from it only after the repository itself has listed it in this process, so that what somebody else has
 * pruned or forgotten is gone here too. What is written goes to both. `check` is to be given the storage itself, because it asks what is stored there.
 *
 * @module
 */
export { cachedRepository } from "./cached-repository.ts";
export {
  type CachedStorage,
  type RepositoryCacheOptions,
  withRepositoryCache,
} from "./repository-cache.ts";
