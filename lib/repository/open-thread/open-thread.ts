import { Worker } from "node:worker_threads";
import { BackupError, MIB, toBackupError, workerUrl } from "../../base/index.ts";
import { type MasterKey, type PackBlob, SEAL_OVERHEAD_BYTES } from "../types.ts";
import type { FromThread, ToThread } from "./messages.ts";

/** Bytes of a pack, and blobs that lie in them whole. */
export interface PartOfPack {
  readonly bytes: Uint8Array;
  /** Where the bytes begin in the pack. */
  readonly offsetBytes: number;
  readonly blobs: readonly PackBlob[];
}

/** A blob's content, or what is wrong with it. */
export type OpenedBlob = { readonly bytes: Buffer } | { readonly error: BackupError };

/**
 * What an index may say that a part holds; it is allocated before the first blob was seen to be what it says. A large file's part has
 * some 50 MiB at most.
 */
const MAX_PLAIN_BYTES: number = 96 * MIB;
/** What is opened here is in buffers; the heap has only outcomes. */
const YOUNG_GENERATION_MB = 2;

const WORKER: URL = workerUrl("open-worker", import.meta.url);

/**
 * Opens blobs beside the thread that asks. It is started with the first part. Calls may overlap; they are done in their order.
 *
 * **Failure**: when the thread itself fails, every call does. Disposing ends it, whatever it is doing.
 */
export class OpenThread implements AsyncDisposable {
  readonly #masterKey: MasterKey;
  readonly #waiting = new Map<number, PromiseWithResolvers<FromThread>>();
  #worker: Worker | undefined;
  #last = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(masterKey: MasterKey) {
    this.#masterKey = masterKey;
  }

  /** Whether a part may be opened here; one that would take much memory is better opened blob by blob. */
  static takes({ blobs }: Pick<PartOfPack, "blobs">): boolean {
    return plainBytesOf(blobs) <= MAX_PLAIN_BYTES;
  }

  /**
   * Opens all blobs of a part.
   * @param part - Its bytes are gone after the call, where they are not a part of a larger buffer.
   * @returns one for each blob, in their order
   */
  async open(part: PartOfPack): Promise<OpenedBlob[]> {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#worker ??= this.#start();
    const number = ++this.#last;
    const answer = Promise.withResolvers<FromThread>();
    this.#waiting.set(number, answer);
    const stored = ownMemory(part.bytes);
    const { offsetBytes, blobs } = part;
    const message: ToThread = {
      number,
      stored,
      offsetBytes,
      blobs: blobs.map(placeOf),
      plainBytes: plainBytesOf(blobs),
    };
    this.#worker.postMessage(message, [stored.buffer]);
    return openedBlobs(await answer.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new BackupError("cancelled", "reading was given up"));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(WORKER, {
      workerData: this.#masterKey,
      // It needs none, and what it does not have it cannot leak.
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on("message", (answer: FromThread) => {
      this.#waiting.get(answer.number)?.resolve(answer);
      this.#waiting.delete(answer.number);
    });
    worker.on("error", (error) => this.#fail(toBackupError(error)));
    worker.on("exit", (code) => this.#fail(ended(code)));
    return worker;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function openedBlobs({ plain, outcomes }: FromThread): OpenedBlob[] {
  return outcomes.map((outcome) => {
    if ("lengthBytes" in outcome) {
      return { bytes: Buffer.from(plain, outcome.offsetBytes, outcome.lengthBytes) };
    }
    const { code, message, details } = outcome;
    return { error: new BackupError(code, message, { details }) };
  });
}

/** Without what an index entry has more: it is copied between the threads. */
function placeOf({ type, id, offsetBytes, lengthBytes, uncompressedBytes }: PackBlob): PackBlob {
  return { type, id, offsetBytes, lengthBytes, uncompressedBytes };
}

function plainBytesOf(blobs: readonly PackBlob[]): number {
  return blobs.reduce((sum, { lengthBytes, uncompressedBytes }) => {
    return sum + (uncompressedBytes ?? Math.max(0, lengthBytes - SEAL_OVERHEAD_BYTES));
  }, 0);
}

/** Bytes with a memory of their own, which can be moved. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isAll = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isAll ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}

function ended(code: number): BackupError {
  return new BackupError("internal", `the thread that opens blobs ended with code ${code}`);
}
