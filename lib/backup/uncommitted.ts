import { BackupError, MIB, quote } from "../base/index.ts";
import type { ObjectStorage, PutResult, PutStreamOptions } from "../storage/index.ts";
import { type Sent, sentOf } from "./meter.ts";

/** The storage's own limit for a put from memory. */
const MAX_WHOLE_BYTES: number = 64 * MIB;

/**
 * Objects of an archive that is not committed yet. Unless they are kept, disposing this removes them again; where the credentials
 * may not delete, they are left to whoever sweeps uncommitted archives.
 */
export class Uncommitted implements AsyncDisposable {
  readonly #storage: ObjectStorage;
  readonly #keys: string[] = [];
  #isKept = false;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /**
   * Stores a stream under a new key and proves it.
   * @param sent - What went into the stream; asked once it has ended.
   * @throws BackupError `data-corrupt`, `storage-conflict`, what the storage throws, and what the stream throws
   */
  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    sent: () => Sent,
    options: PutStreamOptions,
  ): Promise<Sent> {
    const stored = await this.#storage.putStream(key, body, { ...options, ifAbsent: true });
    return await this.#prove(stored, sent(), options.signal);
  }

  async put(key: string, body: Uint8Array, options: PutStreamOptions): Promise<Sent> {
    const sent = sentOf(body);
    if (body.length > MAX_WHOLE_BYTES) {
      return await this.putStream(key, chunksOf(body), () => sent, options);
    }
    const stored = await this.#storage.put(key, body, { ...options, ifAbsent: true });
    return await this.#prove(stored, sent, options.signal);
  }

  /** From now on the objects stay, whatever happens. */
  keep(): void {
    this.#isKept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isKept) return;
    // The failure that led here is the one to tell, not that of cleaning up.
    for (const key of this.#keys) await this.#storage.delete(key).catch(() => undefined);
  }

  /** Holds what the storage took, and what it lists now, against what was sent. */
  async #prove(stored: PutResult, sent: Sent, signal: AbortSignal | undefined): Promise<Sent> {
    // Only what this run has stored is ever removed: an object that was there before belongs to another.
    this.#keys.push(stored.key);
    const listed = await this.#storage.find(stored.key, { signal });
    const isSame = stored.sha256 === sent.sha256 && stored.sizeBytes === sent.sizeBytes;
    if (isSame && listed?.sizeBytes === sent.sizeBytes) return sent;
    const found = listed === undefined ? "nothing" : `${listed.sizeBytes} bytes`;
    throw new BackupError(
      "data-corrupt",
      `object ${quote(stored.key)}: ${sent.sizeBytes} bytes were sent, the storage took ${stored.sizeBytes} and lists ${found}`,
      {
        details: { key: stored.key, expected: sent, found: { ...stored, listed } },
        hint: "nothing was committed; repeat it, and check the storage if it happens again",
      },
    );
  }
}

async function* chunksOf(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < body.length; at += MIB) yield body.subarray(at, at + MIB);
}
