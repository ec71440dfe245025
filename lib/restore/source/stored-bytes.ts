import { createHash } from "node:crypto";
import { decryptStream, isOpenPgp } from "../../archive/index.ts";
import { BackupError, type Secret } from "../../base/index.ts";
import type { ArchiveSource } from "../types.ts";

/** How many bytes tell whether a message is OpenPGP. */
const HEAD_BYTES = 32;

/**
 * The stored bytes of an archive, counted and hashed while they are read. Whoever reads them may stop before their end; `finish`
 * reads the rest, so that the whole is compared with what was recorded.
 */
export class StoredBytes implements AsyncIterable<Uint8Array> {
  readonly #source: ArchiveSource;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #onBytes: (total: number) => void;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #isDone = false;

  constructor(source: ArchiveSource, onBytes: (total: number) => void) {
    this.#source = source;
    this.#iterator = source.open()[Symbol.asyncIterator]();
    this.#onBytes = onBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
      yield chunk;
    }
  }

  /** @throws BackupError `data-corrupt` when size or hash are not those recorded. */
  async finish(): Promise<void> {
    for await (const _ of this);
    const { label, sizeBytes, sha256 } = this.#source;
    if (sizeBytes !== undefined && sizeBytes !== this.#sizeBytes) {
      throw corrupt(`${label} has ${this.#sizeBytes} bytes, recorded are ${sizeBytes}`);
    }
    const found = this.#hash.digest("hex");
    if (sha256 !== undefined && sha256 !== found) {
      throw corrupt(`${label} has SHA-256 ${found}, recorded is ${sha256}`);
    }
  }

  /** Closes the source without reading on. */
  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await this.#iterator.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#isDone) return undefined;
    const { done, value } = await this.#iterator.next();
    if (done === true) {
      this.#isDone = true;
      return undefined;
    }
    this.#hash.update(value);
    this.#sizeBytes += value.length;
    this.#onBytes(this.#sizeBytes);
    return value;
  }
}

export interface Keys {
  readonly passphrases: readonly Secret[];
  readonly privateKeys: readonly Uint8Array[];
}

/** The archive itself: the stored bytes, decrypted where they are an OpenPGP message. */
export async function* archiveBytes(
  stored: AsyncIterable<Uint8Array>,
  keys: Keys,
): AsyncGenerator<Uint8Array> {
  const iterator = stored[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES; ) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    first.push(value);
    length += value.length;
  }
  const whole = prepend(first, iterator);
  yield* isOpenPgp(Buffer.concat(first)) ? decryptStream(whole, keys) : whole;
}

async function* prepend(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function corrupt(message: string): BackupError {
  return new BackupError("data-corrupt", message, {
    hint: "nothing was changed; restore another backup, or get this one from another storage",
  });
}
