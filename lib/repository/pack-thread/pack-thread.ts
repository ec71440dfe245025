import { Worker } from "node:worker_threads";
import { BackupError, MIB, toBackupError, workerUrl } from "../../base/index.ts";
import type { AddBlobOptions, FinishedPack, PackerOptions } from "../pack/index.ts";
import type { BlobType, Id, MasterKey } from "../types.ts";
import { Batch } from "./batch.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";

export interface PackThreadOptions extends PackerOptions {
  readonly type: BlobType;
  readonly masterKey: MasterKey;
  /**
   * Given each pack. The thread waits, a few batches later, until it has come back.
   * @param release - To be called when the bytes of the pack are needed no more.
   */
  readonly onPack: (pack: FinishedPack, release: () => void) => Promise<void>;
}

/** Small blobs travel together: a message costs as much as compressing 4 KiB. */
const BATCH_BYTES: number = MIB;
/** Enough that the thread does not wait while the other one goes through directories or is busy with storing. */
const MAX_WAITING_BYTES: number = 4 * MIB;
/** Its garbage is a few hundred objects a batch. */
const YOUNG_GENERATION_MB = 2;

const WORKER: URL = workerUrl("pack-worker", import.meta.url);

/**
 * A `Packer` in a thread of its own.
 *
 * **Memory**: a few batches, and the packs that `onPack` has not let go of. **Failure**: the first one, of the thread or of `onPack`,
 * is thrown by every later call. Calls may overlap. Disposing ends the thread, whatever it is doing.
 */
export class PackThread implements AsyncDisposable {
  readonly #options: PackThreadOptions;
  readonly #worker: Worker;
  /** Memory of batches that came back. */
  readonly #spare: ArrayBuffer[] = [];
  #batch: Batch | undefined;
  /** Sent and not done. */
  #waitingBytes = 0;
  /** Settles when all packs that came so far were taken. */
  #taken: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isFinished = false;

  constructor(options: PackThreadOptions) {
    const { type, masterKey, packBytes } = options;
    this.#options = options;
    const workerData: ThreadSetup = { type, masterKey, packBytes };
    this.#worker = new Worker(WORKER, {
      workerData,
      // It needs none, and what it does not have it cannot leak.
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    this.#worker.on("error", (error) => this.#fail(toBackupError(error)));
    this.#worker.on("exit", (code) => this.#fail(ended(code)));
  }

  /**
   * Adds a blob, and returns when there is room for more.
   *
   * @param plaintext - Copied at once: it may be reused as soon as the call has returned its promise.
   * @throws BackupError what `Packer.add` throws, later; what `onPack` throws
   */
  async add(id: Id, plaintext: Uint8Array, { level }: AddBlobOptions = {}): Promise<void> {
    this.#assertWorks();
    if (this.#batch?.hasRoomFor(plaintext) === false) this.#send();
    this.#batch ??= this.#newBatch(plaintext.byteLength);
    this.#batch.add(id, plaintext, level);
    await this.#until(() => this.#waitingBytes < MAX_WAITING_BYTES);
  }

  /** Has the open pack ended, and returns when every pack was taken. The thread may be used after. */
  async finish(): Promise<void> {
    this.#assertWorks();
    this.#send();
    this.#isFinished = false;
    this.#post({ type: "finish" });
    await this.#until(() => this.#isFinished);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new BackupError("cancelled", "packing was given up"));
    await this.#worker.terminate();
    await this.#taken;
  }

  #newBatch(blobBytes: number): Batch {
    if (blobBytes > BATCH_BYTES) return new Batch(new ArrayBuffer(blobBytes));
    return new Batch(this.#spare.pop() ?? new ArrayBuffer(BATCH_BYTES));
  }

  #send(): void {
    if (this.#batch === undefined) return;
    const { memory, blobs } = this.#batch;
    this.#batch = undefined;
    this.#waitingBytes += memory.byteLength;
    this.#post({ type: "batch", memory, blobs }, [memory]);
  }

  #post(message: ToThread, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case "pack":
        this.#take(message.pack);
        break;
      case "done": {
        const { byteLength } = message.memory;
        if (byteLength === BATCH_BYTES) this.#spare.push(message.memory);
        this.#whenTaken(() => {
          this.#waitingBytes -= byteLength;
        });
        break;
      }
      case "finished":
        this.#whenTaken(() => {
          this.#isFinished = true;
        });
        break;
      case "failed": {
        const { code, message: text, hint } = message;
        this.#fail(new BackupError(code, text, { hint }));
        break;
      }
    }
  }

  #take({ packId, bytes, contents }: FinishedPack): void {
    // What was moved has lost that it was a Buffer.
    const memory = bytes.buffer as ArrayBuffer;
    const pack = { packId, contents, bytes: Buffer.from(memory, 0, bytes.byteLength) };
    const release = (): void => this.#post({ type: "spare", memory }, [memory]);
    this.#taken = this.#taken
      .then(() => (this.#failure === undefined ? this.#options.onPack(pack, release) : undefined))
      .catch((error: unknown) => this.#fail(error));
  }

  #whenTaken(change: () => void): void {
    void this.#taken.then(() => {
      change();
      this.#wake();
    });
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (this.#failure === undefined && !isReached()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#assertWorks();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #assertWorks(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function ended(code: number): BackupError {
  return new BackupError("internal", `the thread that packs blobs ended with code ${code}`);
}
