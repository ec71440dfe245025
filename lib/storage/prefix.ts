import type {
  CallOptions,
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectStorage,
  ObjectVersion,
  PutOptions,
  PutResult,
  PutStreamOptions,
  StorageFeatures,
  SweepOptions,
} from "./contract.ts";
import { assertKey } from "./keys.ts";

/**
 * Shows the part of a storage below `prefix` as a storage of its own. Slashes around the prefix do not count; an empty one
 * gives the storage itself. Closing the part closes the whole.
 * @throws BackupError `invalid-argument` when the prefix could not begin a key
 */
export function withPrefix(storage: ObjectStorage, prefix: string): ObjectStorage {
  const name = prefix.replace(/^\/+|\/+$/g, "");
  if (name === "") return storage;
  assertKey(name);
  return new PrefixedStorage(storage, `${name}/`);
}

class PrefixedStorage implements ObjectStorage {
  readonly location: string;
  readonly #inner: ObjectStorage;
  readonly #prefix: string;

  constructor(inner: ObjectStorage, prefix: string) {
    this.location = `${inner.location}/${prefix.slice(0, -1)}`;
    this.#inner = inner;
    this.#prefix = prefix;
  }

  features(options?: CallOptions): Promise<StorageFeatures> {
    return this.#inner.features(options);
  }

  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    return { ...(await this.#inner.put(this.#outer(key), body, options)), key };
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<PutResult> {
    return { ...(await this.#inner.putStream(this.#outer(key), body, options)), key };
  }

  async get(key: string, maxBytes: number, options?: GetOptions): Promise<Uint8Array> {
    return await this.#inner.get(this.#outer(key), maxBytes, options);
  }

  async *getStream(key: string, options?: GetOptions): AsyncGenerator<Uint8Array> {
    yield* this.#inner.getStream(this.#outer(key), options);
  }

  async find(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const found = await this.#inner.find(this.#outer(key), options);
    return found === undefined ? undefined : this.#own(found);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const { startAfter } = options;
    const after = startAfter === undefined ? undefined : this.#prefix + startAfter;
    const inner = this.#inner.list(this.#prefix + prefix, { ...options, startAfter: after });
    for await (const info of inner) yield this.#own(info);
  }

  listFolders(prefix: string, options?: CallOptions): AsyncIterable<string> {
    return this.#inner.listFolders(this.#prefix + prefix, options);
  }

  async *listVersions(prefix: string, options?: CallOptions): AsyncGenerator<ObjectVersion> {
    const inner = this.#inner.listVersions(this.#prefix + prefix, options);
    for await (const version of inner) yield this.#own(version);
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    await this.#inner.delete(this.#outer(key), options);
  }

  sweepUploads(prefix: string, olderThan: Date, options?: SweepOptions): Promise<number> {
    return this.#inner.sweepUploads(this.#prefix + prefix, olderThan, options);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }

  #outer(key: string): string {
    assertKey(key);
    return this.#prefix + key;
  }

  #own<T extends ObjectInfo>(info: T): T {
    return { ...info, key: info.key.slice(this.#prefix.length) };
  }
}
