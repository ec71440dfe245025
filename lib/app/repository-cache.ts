import { createHash } from "node:crypto";
import { join } from "node:path";
import { isBackupError } from "../base/index.ts";
import { repositoryPrefix } from "../catalog/index.ts";
import { type CachedStorage, withRepositoryCache } from "../repository/index.ts";
import { type ObjectStorage, openDirectoryStorage, withPrefix } from "../storage/index.ts";
import type { AppContext } from "./context.ts";
import type { OpenStorage } from "./storages.ts";

/** The part of a storage that holds an instance's repository; closing it closes the storage. */
export function repositoryStorage({ storage }: OpenStorage, instance: string): ObjectStorage {
  return withPrefix(storage, repositoryPrefix(instance));
}

/** Where the caches of all repositories lie; may be removed at any time. */
export function repositoryCacheDirectory(home: string): string {
  return join(home, "cache", "repository");
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
  const opened = app.opened.caches.get(key) ?? open(app, repositoryStorage(place, instance));
  app.opened.caches.set(key, opened);
  return await opened;
}

/** Without a home that can be written everything is read from the repository; that stops nothing. */
async function open(
  { settings }: AppContext,
  remote: ObjectStorage,
): Promise<CachedStorage | undefined> {
  // The whole place, so that a storage that is moved to another bucket does not meet the old one's objects.
  const name = createHash("sha256").update(remote.location).digest("hex").slice(0, 32);
  try {
    const path = join(repositoryCacheDirectory(settings.home), name);
    return withRepositoryCache({
      remote,
      cache: await openDirectoryStorage({ path, create: true }),
    });
  } catch (error) {
    if (isBackupError(error)) return undefined;
    throw error;
  }
}
