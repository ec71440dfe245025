import { isBackupError, MIB } from "../../base/index.ts";
import type { GetOptions, ListOptions, ObjectInfo, ObjectStorage } from "../../storage/index.ts";
import { folderOf, idOfObjectKey } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import { CacheFiles, type OnCacheProblem } from "./cache-files.ts";

export interface RepositoryCacheOptions {
  /** Where the repository lies; stays the caller's to close. */
  readonly remote: ObjectStorage;
  /** Where copies are kept, for this repository alone. */
  readonly cache: ObjectStorage;
  /** @default 512 MiB */
  readonly maxBytes?: number | undefined;
  readonly onProblem?: OnCacheProblem | undefined;
}

/** The repository's storage, faster. */
export interface CachedStorage extends ObjectStorage {
  /** Says which packs hold trees, once the index is loaded; until then packs are not cached. */
  cacheTreePacks(isTreePack: (packId: Id) => boolean): void;
}

const DEFAULT_MAX_BYTES: number = 512 * MIB;
/** Larger packs are read by ranges, from the repository. */
const MAX_PACK_BYTES: number = 64 * MIB;
/** Verified packs in memory: trees that are read one after the other lie in the same one. */
const HELD_PACKS = 2;

/** Puts a cache before a repository's storage. Indexes and snapshots that are written go to both; what is deleted leaves both. */
export function withRepositoryCache(options: RepositoryCacheOptions): CachedStorage {
  const { remote, cache, maxBytes = DEFAULT_MAX_BYTES, onProblem = () => undefined } = options;
  const reader = new CachedReader(remote, new CacheFiles(cache, maxBytes, onProblem));
  return {
    location: remote.location,
    features: (call) => remote.features(call),
    put: async (key, body, call) => {
      const stored = await remote.put(key, body, call);
      await reader.keep(key, body);
      return stored;
    },
    putStream: (key, body, call) => remote.putStream(key, body, call),
    get: (key, most, call) => reader.get(key, most, call),
    getStream: (key, call) => remote.getStream(key, call),
    find: (key, call) => remote.find(key, call),
    list: (prefix, call) => reader.list(prefix, call),
    listFolders: (prefix, call) => remote.listFolders(prefix, call),
    listVersions: (prefix, call) => remote.listVersions(prefix, call),
    delete: (key, call) => reader.delete(key, () => remote.delete(key, call)),
    sweepUploads: (prefix, olderThan, call) => remote.sweepUploads(prefix, olderThan, call),
    cacheTreePacks: (isTreePack) => reader.cacheTreePacks(isTreePack),
    [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose](),
  };
}

const LISTED_FOLDERS: readonly string[] = [folderOf("index"), folderOf("snapshot")];

class CachedReader {
  readonly #remote: ObjectStorage;
  readonly #files: CacheFiles;
  /** What the repository itself has shown to exist. */
  readonly #listed = new Set<string>();
  readonly #held = new Map<string, Promise<Uint8Array | undefined>>();
  #isTreePack: (packId: Id) => boolean = () => false;

  constructor(remote: ObjectStorage, files: CacheFiles) {
    this.#remote = remote;
    this.#files = files;
  }

  cacheTreePacks(isTreePack: (packId: Id) => boolean): void {
    this.#isTreePack = isTreePack;
  }

  async get(key: string, maxBytes: number, options: GetOptions = {}): Promise<Uint8Array> {
    if (options.range === undefined && this.#listed.has(key)) {
      return await this.#getWhole(key, maxBytes, options);
    }
    const packId = idOfObjectKey("pack", key);
    const range = options.range;
    if (range?.lengthBytes !== undefined && packId !== undefined && this.#isTreePack(packId)) {
      const pack = await this.#getPack(key, options);
      const end = range.offsetBytes + range.lengthBytes;
      if (pack !== undefined) return pack.slice(range.offsetBytes, end);
    }
    return await this.#remote.get(key, maxBytes, options);
  }

  /** Passes the listing on, and takes from the cache what it no longer has. */
  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const isWhole = LISTED_FOLDERS.includes(prefix) && options.startAfter === undefined;
    const existing = new Set<string>();
    for await (const info of this.#remote.list(prefix, options)) {
      if (isWhole) existing.add(info.key);
      if (isWhole) this.#listed.add(info.key);
      yield info;
    }
    if (!isWhole) return;
    for (const key of this.#listed) {
      if (key.startsWith(prefix) && !existing.has(key)) this.#listed.delete(key);
    }
    await this.#files.retain(prefix, existing);
  }

  /** Keeps what was just stored: the next command reads it. */
  async keep(key: string, bytes: Uint8Array): Promise<void> {
    if (!LISTED_FOLDERS.some((folder) => key.startsWith(folder))) return;
    this.#listed.add(key);
    await this.#files.write(key, bytes);
  }

  async delete(key: string, remove: () => Promise<void>): Promise<void> {
    this.#listed.delete(key);
    this.#held.delete(key);
    await this.#files.remove(key);
    await remove();
  }

  async #getWhole(key: string, maxBytes: number, options: GetOptions): Promise<Uint8Array> {
    const cached = await this.#files.read(key, options);
    if (cached !== undefined && cached.byteLength <= maxBytes) return cached;
    const bytes = await this.#remote.get(key, maxBytes, options);
    await this.#files.write(key, bytes);
    return bytes;
  }

  /** A whole pack; undefined for one that is too large. Calls for the same one wait for the same. */
  async #getPack(key: string, { signal }: GetOptions): Promise<Uint8Array | undefined> {
    const held = this.#held.get(key) ?? this.#loadPack(key, { signal });
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD_PACKS) break;
      this.#held.delete(oldest);
    }
    try {
      return await held;
    } catch (error) {
      this.#held.delete(key);
      throw error;
    }
  }

  async #loadPack(key: string, options: GetOptions): Promise<Uint8Array | undefined> {
    const cached = await this.#files.read(key, options);
    if (cached !== undefined) return cached;
    try {
      const bytes = await this.#remote.get(key, MAX_PACK_BYTES, options);
      await this.#files.write(key, bytes);
      return bytes;
    } catch (error) {
      if (isBackupError(error, "limit-exceeded")) return undefined;
      throw error;
    }
  }
}
