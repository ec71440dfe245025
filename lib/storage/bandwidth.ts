import { assertNotCancelled, BackupError, type Clock } from "../base/index.ts";
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

/**
 * Wraps a storage so that contents pass at `bytesPerSecond` on average, all transfers and both directions together.
 *
 * Streams are held back chunk by chunk; a whole `put` or `get` passes at full speed and the next transfer waits for it. Closing the
 * wrapper closes what it wraps.
 * @throws BackupError `invalid-argument` for a limit that is not above zero
 */
export function withBandwidthLimit(
  storage: ObjectStorage,
  bytesPerSecond: number,
  clock: Clock,
): ObjectStorage {
  return new LimitedStorage(storage, new Pace(bytesPerSecond, clock));
}

/** A line in which every transfer waits until those before it have used up their time. */
class Pace {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSecond: number, clock: Clock) {
    if (!(bytesPerSecond > 0)) {
      throw new BackupError("invalid-argument", `bandwidth ${bytesPerSecond} is not above zero`, {
        hint: "give bytes a second, or none for no limit",
      });
    }
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Takes a place in the line for `bytes`; returns how long it is until its turn. */
  reserve(bytes: number): number {
    const nowMs = this.#clock.monotonicMs();
    const turnMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = turnMs + (bytes / this.#bytesPerSecond) * 1000;
    return turnMs - nowMs;
  }

  /** Takes a place in the line for `bytes`, and waits for its turn. */
  async pass(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    assertNotCancelled(signal);
    const waitMs = this.reserve(bytes);
    if (waitMs === 0) return;
    try {
      await this.#clock.sleep(waitMs, signal);
    } catch (error) {
      assertNotCancelled(signal);
      throw error;
    }
  }

  async *passEach(
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await this.pass(chunk.byteLength, signal);
      yield chunk;
    }
  }
}

class LimitedStorage implements ObjectStorage {
  readonly location: string;
  readonly #inner: ObjectStorage;
  readonly #pace: Pace;

  constructor(inner: ObjectStorage, pace: Pace) {
    this.location = inner.location;
    this.#inner = inner;
    this.#pace = pace;
  }

  features(options?: CallOptions): Promise<StorageFeatures> {
    return this.#inner.features(options);
  }

  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    await this.#pace.pass(body.byteLength, options?.signal);
    return await this.#inner.put(key, body, options);
  }

  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<PutResult> {
    return this.#inner.putStream(key, this.#pace.passEach(body, options?.signal), options);
  }

  async get(key: string, maxBytes: number, options?: GetOptions): Promise<Uint8Array> {
    await this.#pace.pass(0, options?.signal);
    const body = await this.#inner.get(key, maxBytes, options);
    this.#pace.reserve(body.byteLength);
    return body;
  }

  getStream(key: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return this.#pace.passEach(this.#inner.getStream(key, options), options?.signal);
  }

  find(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#inner.find(key, options);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo> {
    return this.#inner.list(prefix, options);
  }

  listFolders(prefix: string, options?: CallOptions): AsyncIterable<string> {
    return this.#inner.listFolders(prefix, options);
  }

  listVersions(prefix: string, options?: CallOptions): AsyncIterable<ObjectVersion> {
    return this.#inner.listVersions(prefix, options);
  }

  delete(key: string, options?: CallOptions): Promise<void> {
    return this.#inner.delete(key, options);
  }

  sweepUploads(prefix: string, olderThan: Date, options?: SweepOptions): Promise<number> {
    return this.#inner.sweepUploads(prefix, olderThan, options);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }
}
