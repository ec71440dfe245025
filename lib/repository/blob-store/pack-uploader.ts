import { BackupError, MIB } from "../../base/index.ts";
import type { ObjectStorage, PutResult } from "../../storage/index.ts";
import type { FinishedPack } from "../pack/index.ts";
import { objectKeyOf, shortId } from "../stored-file/index.ts";

export interface PackUploaderOptions {
  readonly storage: ObjectStorage;
  /** How many packs may be under way. */
  readonly limit: number;
  /** Called for each pack when it is stored, and not before. Its failure is one of the upload. */
  readonly onStored: (pack: FinishedPack) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** What a storage takes in one piece. */
const MAX_PUT_BYTES = 64 * MIB;

/**
 * Stores packs, some at a time. After the first failure nothing more is stored, and every call fails with it: what is missing
 * could be anything, so that no index may be written after.
 */
export class PackUploader implements AsyncDisposable {
  readonly #options: PackUploaderOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #control = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PackUploaderOptions) {
    this.#options = options;
  }

  /** Waits until there is room, and starts to store the pack. @param release - Called when its bytes are needed no more. */
  async upload(pack: FinishedPack, release?: () => void): Promise<void> {
    while (this.#underWay.size >= this.#options.limit) await Promise.race(this.#underWay);
    this.assertWorks();
    const upload = this.#store(pack)
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#underWay.delete(upload);
        release?.();
      });
    this.#underWay.add(upload);
  }

  /** Waits for all that was started. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
    this.assertWorks();
  }

  /** Lets every later call fail. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** @throws the first failure */
  assertWorks(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Breaks off what is under way. Packs that are stored already stay, unreferenced. */
  async [Symbol.asyncDispose](): Promise<void> {
    const cancelled = new BackupError("cancelled", "saving was given up");
    this.fail(cancelled);
    this.#control.abort(cancelled);
    await Promise.all(this.#underWay);
  }

  async #store(pack: FinishedPack): Promise<void> {
    const { sha256 } = await this.#put(pack);
    if (sha256 !== pack.packId) {
      throw new BackupError(
        "internal",
        `pack ${shortId(pack.packId)} was stored with the hash ${shortId(sha256)}: its bytes changed meanwhile`,
        { details: { expected: pack.packId, found: sha256 } },
      );
    }
    await this.#options.onStored(pack);
  }

  async #put({ packId, bytes }: FinishedPack): Promise<PutResult> {
    const { storage, signal: outer } = this.#options;
    const key = objectKeyOf("pack", packId);
    const own = this.#control.signal;
    const signal = outer === undefined ? own : AbortSignal.any([outer, own]);
    const options = { ifAbsent: true, signal };
    if (bytes.length <= MAX_PUT_BYTES) {
      return await storage.put(key, bytes, { ...options, sha256: packId });
    }
    return await storage.putStream(key, oneChunk(bytes), {
      ...options,
      estimatedSizeBytes: bytes.length,
    });
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
