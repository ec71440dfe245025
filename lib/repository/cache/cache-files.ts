import { type BackupError, isBackupError, toBackupError } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import { idOf } from "../stored-file/index.ts";

/** What the cache itself failed at; nothing that a caller has to know. */
export type OnCacheProblem = (problem: BackupError) => void;

/** The cached objects, in the order of their last use, at most so many bytes. No method fails but for a cancelled call. */
export class CacheFiles {
  readonly #cache: ObjectStorage;
  readonly #maxBytes: number;
  readonly #onProblem: OnCacheProblem;
  /** Sizes by key, least recently used first. Undefined until the cache was listed. */
  #sizes: Promise<Map<string, number>> | undefined;

  constructor(cache: ObjectStorage, maxBytes: number, onProblem: OnCacheProblem) {
    this.#cache = cache;
    this.#maxBytes = maxBytes;
    this.#onProblem = onProblem;
  }

  /** An object whose bytes have the hash of its name; one that has not is removed. */
  async read(key: string, options: CallOptions): Promise<Uint8Array | undefined> {
    const sizes = await this.#load();
    const sizeBytes = sizes.get(key);
    if (sizeBytes === undefined) return undefined;
    const bytes = await this.#try(() => this.#cache.get(key, sizeBytes, options));
    if (bytes === undefined || !isNamedByHash(key, bytes)) {
      await this.remove(key);
      return undefined;
    }
    sizes.delete(key);
    sizes.set(key, sizeBytes);
    return bytes;
  }

  /** Keeps an object, in place of those that were not used for longest. */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.#maxBytes || !isNamedByHash(key, bytes)) return;
    const sizes = await this.#load();
    // Counted before the first wait, so that calls at once stay within the bound together.
    sizes.set(key, bytes.byteLength);
    await this.#shrink(sizes, key);
    const stored = await this.#try(() => this.#cache.put(key, bytes));
    if (stored === undefined) sizes.delete(key);
  }

  async remove(key: string): Promise<void> {
    (await this.#load()).delete(key);
    await this.#try(() => this.#cache.delete(key));
  }

  /** Removes what lies below a prefix and is not in `existing`. */
  async retain(prefix: string, existing: ReadonlySet<string>): Promise<void> {
    for (const key of [...(await this.#load()).keys()]) {
      if (key.startsWith(prefix) && !existing.has(key)) await this.remove(key);
    }
  }

  async #shrink(sizes: Map<string, number>, kept: string): Promise<void> {
    let total = 0;
    for (const size of sizes.values()) total += size;
    for (const [key, size] of [...sizes]) {
      if (total <= this.#maxBytes) return;
      if (key === kept) continue;
      total -= size;
      await this.remove(key);
    }
  }

  #load(): Promise<Map<string, number>> {
    this.#sizes ??= this.#list();
    return this.#sizes;
  }

  async #list(): Promise<Map<string, number>> {
    const found = await this.#try(async () => {
      const infos = [];
      for await (const info of this.#cache.list("")) infos.push(info);
      return infos.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime());
    });
    return new Map((found ?? []).map(({ key, sizeBytes }) => [key, sizeBytes]));
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isBackupError(error, "cancelled")) throw error;
      this.#onProblem(toBackupError(error));
      return undefined;
    }
  }
}

/** Whether the last segment of the key is the SHA-256 of the bytes. */
export function isNamedByHash(key: string, bytes: Uint8Array): boolean {
  return key.slice(key.lastIndexOf("/") + 1) === idOf(bytes);
}
