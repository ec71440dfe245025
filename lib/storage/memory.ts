import { hash } from "node:crypto";
import { assertNotCancelled, type Clock, systemClock } from "../base/index.ts";
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
} from "./contract.ts";
import { objectExists, objectNotFound, objectTooLarge } from "./failures.ts";
import { assertFolderPrefix, assertKey, compareKeys, foldersOf } from "./keys.ts";
import { resolveRange } from "./ranges.ts";
import { untilCancelled } from "./streams.ts";

export interface MemoryStorageOptions {
  /** Keeps what is replaced or deleted as versions. @default false */
  readonly versioning?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

interface StoredVersion {
  readonly versionId: string;
  readonly modifiedAt: Date;
  /** Undefined: the marker of a deletion. */
  readonly body: Uint8Array | undefined;
  readonly etag: string;
}

const CHUNK_BYTES = 256 * 1024;

/** Objects in this process's memory: for caches that need not last, for trying out, and for tests. */
export class MemoryStorage implements ObjectStorage {
  readonly location = "memory";
  readonly #clock: Clock;
  readonly #versioning: boolean;
  /** Per key, newest first. */
  readonly #objects = new Map<string, StoredVersion[]>();
  #nextVersion = 1;

  constructor(options: MemoryStorageOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#versioning = options.versioning ?? false;
  }

  async features(): Promise<StorageFeatures> {
    return {
      conditionalCreate: true,
      versioning: this.#versioning,
      objectLock: false,
      serverSideEncryption: "none",
      equalParts: false,
    };
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    assertKey(key);
    assertNotCancelled(options.signal);
    const stored = this.#current(key);
    if (options.ifAbsent && stored?.body !== undefined) {
      if (Buffer.compare(stored.body, body) !== 0) throw objectExists(this.location, key);
      return resultOf(key, stored.body, stored.etag);
    }
    const added = this.#add(key, Uint8Array.from(body));
    return resultOf(key, body, added.etag);
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: PutStreamOptions = {},
  ): Promise<PutResult> {
    assertKey(key);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of untilCancelled(body, options.signal)) {
      chunks.push(Uint8Array.from(chunk));
      bytes += chunk.byteLength;
      options.onProgress?.({ type: "progress", bytes, totalBytes: options.estimatedSizeBytes });
    }
    return await this.put(key, Buffer.concat(chunks), options);
  }

  async get(key: string, maxBytes: number, options: GetOptions = {}): Promise<Uint8Array> {
    const body = this.#read(key, options);
    if (body.byteLength > maxBytes) throw objectTooLarge(key, body.byteLength, maxBytes);
    return Uint8Array.from(body);
  }

  async *getStream(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const body = this.#read(key, options);
    for (let start = 0; start < body.byteLength; start += CHUNK_BYTES) {
      assertNotCancelled(options.signal);
      yield body.slice(start, start + CHUNK_BYTES);
    }
  }

  async find(key: string, options: CallOptions = {}): Promise<ObjectInfo | undefined> {
    assertKey(key);
    assertNotCancelled(options.signal);
    const stored = this.#current(key);
    return stored?.body === undefined ? undefined : infoOf(key, stored);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const { signal, startAfter } = options;
    for (const key of this.#keys(prefix)) {
      assertNotCancelled(signal);
      if (startAfter !== undefined && compareKeys(key, startAfter) <= 0) continue;
      const stored = this.#current(key);
      if (stored?.body !== undefined) yield infoOf(key, stored);
    }
  }

  async *listFolders(prefix: string, options: CallOptions = {}): AsyncGenerator<string> {
    assertFolderPrefix(prefix);
    yield* await foldersOf(this.list(prefix, options), prefix);
  }

  async *listVersions(prefix: string, options: CallOptions = {}): AsyncGenerator<ObjectVersion> {
    for (const key of this.#keys(prefix)) {
      for (const [index, version] of (this.#objects.get(key) ?? []).entries()) {
        assertNotCancelled(options.signal);
        yield {
          ...infoOf(key, version),
          versionId: version.versionId,
          isLatest: index === 0,
          isDeleteMarker: version.body === undefined,
        };
      }
    }
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    assertKey(key);
    assertNotCancelled(options.signal);
    if (this.#current(key)?.body === undefined) return;
    if (this.#versioning) this.#add(key, undefined);
    else this.#objects.delete(key);
  }

  async sweepUploads(): Promise<number> {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #current(key: string): StoredVersion | undefined {
    return this.#objects.get(key)?.[0];
  }

  #keys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
  }

  #read(key: string, { range, signal, versionId }: GetOptions): Uint8Array {
    assertKey(key);
    assertNotCancelled(signal);
    const versions = this.#objects.get(key) ?? [];
    const isWanted = (each: StoredVersion): boolean =>
      versionId === undefined || each.versionId === versionId;
    const body = versions.find(isWanted)?.body;
    if (body === undefined) throw objectNotFound(this.location, key);
    const { start, end } = resolveRange(range, body.byteLength);
    return body.subarray(start, end);
  }

  #add(key: string, body: Uint8Array | undefined): StoredVersion {
    const versionId = String(this.#nextVersion++);
    const version = { versionId, body, modifiedAt: this.#clock.now(), etag: versionId };
    this.#objects.set(key, [version, ...(this.#versioning ? (this.#objects.get(key) ?? []) : [])]);
    return version;
  }
}

function infoOf(key: string, version: StoredVersion): ObjectInfo {
  const sizeBytes = version.body?.byteLength ?? 0;
  return { key, sizeBytes, modifiedAt: version.modifiedAt, etag: version.etag };
}

function resultOf(key: string, body: Uint8Array, etag: string): PutResult {
  return { key, sizeBytes: body.byteLength, sha256: hash("sha256", body), etag };
}
