import { createHash } from "node:crypto";
import { join } from "node:path";
import { isBackupError } from "../../base/index.ts";
import { repositoryPrefix } from "../../catalog/index.ts";
import { type CachedStorage, withRepositoryCache } from "../../repository/index.ts";
import { type ObjectStorage, openDirectoryStorage, withPrefix } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenStorage } from "../storages.ts";

/** The part of a storage that holds an instance's repository; closing it closes the storage. */
export function repositoryStorage({ storage }: OpenStorage, instance: string): ObjectStorage {
  return withPrefix(storage, repositoryPrefix(instance));
}

/**
 * A repository's storage through its cache in the home: the same one for the whole command, because what one part of it has listed the next
 * need not ask for again. Undefined where there is none: a directory is as near as a cache, and some do not want one.
 */
export async function openRepositoryCache(
  app: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<CachedStorage | undefined> {
  const isWanted = app.usesCache && app.settings.isConfigured;
  if (!isWanted || place.settings.type === "directory") return undefined;
  const key = `${place.id}/${instance}`;
  const opened = app.opened.caches.get(key) ?? open(app, place, instance);
  app.opened.caches.set(key, opened);
  return await opened;
}

/** Without a home that can be written everything is read from the repository; that stops nothing. */
async function open(
  { settings }: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<CachedStorage | undefined> {
  const remote = repositoryStorage(place, instance);
  // Two that shared a folder would remove each other's objects from it: buckets of one name at two services, an id given to another place.
  const names = `${place.id}\n${remote.location}`;
  const name = createHash("sha256").update(names).digest("hex").slice(0, 32);
  try {
    // Its folder comes with the first object in it: instances without snapshots have none.
    const path = join(settings.home, "cache", "repository");
    const cache = withPrefix(await openDirectoryStorage({ path, create: true }), name);
    return withRepositoryCache({ remote, cache });
  } catch (error) {
    if (isBackupError(error)) return undefined;
    throw error;
  }
}
