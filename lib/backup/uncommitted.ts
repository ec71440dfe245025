import { BackupError, isBackupError, MIB, quote } from "../base/index.ts";
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
    const put = this.#storage.putStream(key, body, { ...options, ifAbsent: true });
    return await this.#prove(key, put, sent, options.signal);
  }

  async put(key: string, body: Uint8Array, options: PutStreamOptions): Promise<Sent> {
    const sent = sentOf(body);
    if (body.length > MAX_WHOLE_BYTES) {
      return await this.putStream(key, chunksOf(body), () => sent, options);
    }
    const put = this.#storage.put(key, body, { ...options, ifAbsent: true });
    return await this.#prove(key, put, () => sent, options.signal);
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
  async #prove(
    key: string,
    put: Promise<PutResult>,
    sentOnceDone: () => Sent,
    signal: AbortSignal | undefined,
  ): Promise<Sent> {
    const stored = await put.catch((error: unknown) => {
      // An object that was there before is another's; after any other failure, what is there is ours with its answer lost.
      if (!isBackupError(error, "storage-conflict")) this.#keys.push(key);
      throw error;
    });
    this.#keys.push(key);
    const sent = sentOnceDone();
    const listed = await this.#storage.find(key, { signal });
    const isSame = stored.sha256 === sent.sha256 && stored.sizeBytes === sent.sizeBytes;
    if (isSame && listed?.sizeBytes === sent.sizeBytes) return sent;
    const found = listed === undefined ? "nothing" : `${listed.sizeBytes} bytes`;
    throw new BackupError(
      "data-corrupt",
      `object ${quote(key)}: ${sent.sizeBytes} bytes were sent, the storage took ${stored.sizeBytes} and lists ${found}`,
      {
        details: { key, expected: sent, found: { ...stored, listed } },
        hint: "nothing was committed; repeat it, and check the storage if it happens again",
      },
    );
  }
}

async function* chunksOf(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < body.length; at += MIB) yield body.subarray(at, at + MIB);
}
