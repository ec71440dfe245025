import type { Repository } from "../repository.ts";
import type { CachedStorage } from "./repository-cache.ts";

/**
 * A repository that reads through a cache, and tells it which packs hold trees as soon as the index says so. Whoever proves what is stored
 * (`check`, `verify`, repair) takes the repository itself.
 */
export function cachedRepository(repository: Repository, storage: CachedStorage): Repository {
  const cached = repository.withStorage(storage);
  return {
    ...cached,
    async loadIndex(options) {
      const index = await cached.loadIndex(options);
      storage.cacheTreePacks((packId) => index.isTreePack(packId));
      return index;
    },
  };
}
