import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { decodeHeader, MAX_HEADER_BYTES, MAX_STORED_BLOB_BYTES, openBlob } from "../pack/index.ts";
import type { Repository } from "../repository.ts";
import { objectKeyOf, shortId } from "../stored-file/index.ts";
import type { PackBlob, PackContents } from "../types.ts";

export interface PackProblem {
  readonly message: string;
  /** The blob that cannot be read; undefined where the pack as a whole is not what it should be. */
  readonly blob?: PackBlob | undefined;
}

export interface PackReading {
  readonly problems: readonly PackProblem[];
  readonly bytes: number;
}

const LENGTH_FIELD_BYTES = 4;

/**
 * Reads a whole pack and holds it against its name, its header, and each blob against its hash. One blob is in memory at a time.
 *
 * What fails is read once more from the storage before it counts, as restic does: a transfer may have gone wrong where nobody noticed.
 *
 * @param contents - As the index has them, in the order of their bytes.
 * @throws BackupError what the storage throws, except that the pack is missing
 */
export async function readPack(
  repository: Pick<Repository, "storage" | "sealer">,
  contents: PackContents,
  options: CallOptions = {},
): Promise<PackReading> {
  const reading = await readOnce(repository, contents, options);
  return reading.problems.length === 0 ? reading : await readOnce(repository, contents, options);
}

async function readOnce(
  { storage, sealer }: Pick<Repository, "storage" | "sealer">,
  { packId, blobs }: PackContents,
  { signal }: CallOptions,
): Promise<PackReading> {
  const reader = new PackReader(blobs, sealer);
  try {
    for await (const chunk of storage.getStream(objectKeyOf("pack", packId), { signal })) {
      reader.push(chunk);
    }
  } catch (error) {
    if (!isBackupError(error, "storage-object-not-found", "data-corrupt")) throw error;
    const problems = blobs.map((blob) => ({ message: error.message, blob }));
    return { problems: [{ message: error.message }, ...problems], bytes: 0 };
  }
  return { problems: reader.finish(packId), bytes: reader.bytes };
}

/** Takes a pack's bytes as they come. */
class PackReader {
  readonly #blobs: readonly PackBlob[];
  readonly #sealer: Repository["sealer"];
  readonly #hash = createHash("sha256");
  readonly #problems: PackProblem[] = [];
  #next = 0;
  #pieces: Uint8Array[] = [];
  /** Of the blob or header that is being gathered, also where its bytes are not kept. */
  #gathered = 0;
  #position = 0;

  constructor(blobs: readonly PackBlob[], sealer: Repository["sealer"]) {
    this.#blobs = blobs;
    this.#sealer = sealer;
  }

  get bytes(): number {
    return this.#position;
  }

  push(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    let rest = chunk;
    while (rest.length > 0) {
      const blob = this.#blobs[this.#next];
      const gap = blob === undefined ? 0 : Math.max(0, blob.offsetBytes - this.#position);
      const wanted = gap || (blob ? blob.lengthBytes - this.#gathered : rest.length);
      const taken = rest.subarray(0, Math.min(wanted, rest.length));
      rest = rest.subarray(taken.length);
      this.#position += taken.length;
      if (gap > 0) continue;
      this.#gather(taken, blob === undefined ? MAX_HEADER_BYTES + 4 : MAX_STORED_BLOB_BYTES);
      if (blob !== undefined && this.#gathered === blob.lengthBytes) this.#endBlob(blob);
    }
  }

  finish(packId: string): PackProblem[] {
    const found = this.#hash.digest("hex");
    if (found !== packId) {
      const message = `pack ${shortId(packId)} has the hash ${shortId(found)}…, not that of its name`;
      this.#problems.unshift({ message });
    }
    for (const blob of this.#blobs.slice(this.#next)) {
      this.#problems.push({ message: `pack ${shortId(packId)} ends before this blob`, blob });
    }
    if (this.#next === this.#blobs.length) this.#checkHeader(packId);
    return this.#problems;
  }

  #gather(bytes: Uint8Array, most: number): void {
    this.#gathered += bytes.length;
    // The storage may use the memory of a chunk again.
    if (this.#gathered <= most) this.#pieces.push(Uint8Array.from(bytes));
  }

  #endBlob(blob: PackBlob): void {
    try {
      openBlob(blob, this.#take(), this.#sealer);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      this.#problems.push({ message: error.message, blob });
    }
    this.#next += 1;
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#gathered = 0;
    return bytes;
  }

  #checkHeader(packId: string): void {
    const start = this.#position - this.#gathered;
    const tail = this.#take();
    try {
      const sealed = tail.subarray(0, -LENGTH_FIELD_BYTES);
      const length = tail.readUInt32LE(Math.max(0, tail.length - LENGTH_FIELD_BYTES));
      if (length !== sealed.length) throw new Error(`it has ${sealed.length} bytes, not ${length}`);
      const listed = decodeHeader(this.#sealer.open(sealed), start);
      if (!isDeepStrictEqual(listed, [...this.#blobs]))
        throw new Error("the index lists other blobs");
    } catch (error) {
      const what = error instanceof Error ? error.message : "it cannot be read";
      this.#problems.push({ message: `pack ${shortId(packId)}: header: ${what}` });
    }
  }
}
