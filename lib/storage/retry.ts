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
import { compareKeys } from "./keys.ts";
import { repeat } from "./repeat.ts";
import {
  type ResolvedRetryOptions,
  type RetryOptions,
  resolveRetryOptions,
} from "./retry-options.ts";

/**
 * Wraps a storage so that failed requests are made again, as far as the error table says that this can help.
 *
 * A listing that breaks off goes on behind the last entry given. A download is repeated only until its first chunk: resuming it
 * needs the ETag, so the storage does that itself. A stream put is never repeated, because its source is consumed; S3 repeats its
 * parts by the same options. Closing the wrapper closes what it wraps.
 */
export function withRetry(storage: ObjectStorage, options: RetryOptions): ObjectStorage {
  return new RetryingStorage(storage, resolveRetryOptions(options));
}

class RetryingStorage implements ObjectStorage {
  readonly location: string;
  readonly #inner: ObjectStorage;
  readonly #retry: ResolvedRetryOptions;

  constructor(inner: ObjectStorage, retry: ResolvedRetryOptions) {
    this.location = inner.location;
    this.#inner = inner;
    this.#retry = retry;
  }

  features(options?: CallOptions): Promise<StorageFeatures> {
    return repeat(() => this.#inner.features(options), this.#retry, options?.signal);
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    return repeat(() => this.#inner.put(key, body, options), this.#retry, options?.signal);
  }

  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<PutResult> {
    return this.#inner.putStream(key, body, options);
  }

  get(key: string, maxBytes: number, options?: GetOptions): Promise<Uint8Array> {
    return repeat(() => this.#inner.get(key, maxBytes, options), this.#retry, options?.signal);
  }

  async *getStream(key: string, options?: GetOptions): AsyncGenerator<Uint8Array> {
    let chunks: AsyncIterator<Uint8Array> | undefined;
    const open = (): Promise<IteratorResult<Uint8Array>> => {
      chunks = this.#inner.getStream(key, options)[Symbol.asyncIterator]();
      return chunks.next();
    };
    try {
      let step = await repeat(open, this.#retry, options?.signal);
      while (!step.done && chunks !== undefined) {
        yield step.value;
        step = await chunks.next();
      }
    } finally {
      await chunks?.return?.();
    }
  }

  find(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return repeat(() => this.#inner.find(key, options), this.#retry, options?.signal);
  }

  list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    return this.#resumed(
      (last?: ObjectInfo) =>
        this.#inner.list(prefix, { ...options, startAfter: last?.key ?? options?.startAfter }),
      options,
    );
  }

  async *listFolders(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    const collect = async (): Promise<string[]> => {
      const folders: string[] = [];
      for await (const folder of this.#inner.listFolders(prefix, options)) folders.push(folder);
      return folders;
    };
    yield* await repeat(collect, this.#retry, options?.signal);
  }

  listVersions(prefix: string, options?: CallOptions): AsyncGenerator<ObjectVersion> {
    let given = new Set<string>();
    let givenKey: string | undefined;
    const isNew = ({ key, versionId }: ObjectVersion): boolean =>
      givenKey === undefined ||
      compareKeys(key, givenKey) > 0 ||
      (key === givenKey && !given.has(versionId));
    const open = async function* (inner: ObjectStorage): AsyncGenerator<ObjectVersion> {
      for await (const version of inner.listVersions(prefix, options)) {
        if (!isNew(version)) continue;
        if (version.key !== givenKey) given = new Set();
        givenKey = version.key;
        given.add(version.versionId);
        yield version;
      }
    };
    return this.#resumed(() => open(this.#inner), options);
  }

  delete(key: string, options?: CallOptions): Promise<void> {
    return repeat(() => this.#inner.delete(key, options), this.#retry, options?.signal);
  }

  sweepUploads(prefix: string, olderThan: Date, options?: SweepOptions): Promise<number> {
    const sweep = (): Promise<number> => this.#inner.sweepUploads(prefix, olderThan, options);
    return repeat(sweep, this.#retry, options?.signal);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }

  /** Gives the entries of `open()`; after a failure those of `open(last entry given)`. */
  async *#resumed<T>(
    open: (last?: T) => AsyncIterable<T>,
    options: CallOptions | undefined,
  ): AsyncGenerator<T> {
    let entries: AsyncIterator<T> | undefined;
    let last: T | undefined;
    const next = async (): Promise<IteratorResult<T>> => {
      entries ??= open(last)[Symbol.asyncIterator]();
      try {
        return await entries.next();
      } catch (error) {
        entries = undefined;
        throw error;
      }
    };
    try {
      while (true) {
        const step = await repeat(next, this.#retry, options?.signal);
        if (step.done) return;
        last = step.value;
        yield step.value;
      }
    } finally {
      await entries?.return?.();
    }
  }
}
