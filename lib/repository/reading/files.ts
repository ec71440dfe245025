import { BackupError, MIB } from "../../base/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import { OpenThread } from "../open-thread/index.ts";
import type { Id, MasterKey } from "../types.ts";
import { type BlobWindows, readWindows, type WindowOptions } from "./windows.ts";

/** What is needed of a file to read it. */
export interface FileContent {
  /** Data blobs in order. */
  readonly content: readonly Id[];
  /** As its node says; what the blobs hold is compared with it. Undefined where it says nothing, which is 0. */
  readonly sizeBytes: number | undefined;
}

/** A file whose content is at hand. Read, or left, before the next one is asked for. */
export interface OpenedFile<T> {
  readonly file: T;
  /** All of it where it is one blob, else pieces of up to 1 MiB, each of which may be reused once the next one is asked for. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface ReadFilesOptions extends Omit<WindowOptions, "thread"> {
  readonly index: Pick<BlobIndex, "find">;
  /** The repository's key, where much is opened in a thread of its own. @default all is opened in the caller's thread */
  readonly threadKey?: MasterKey | undefined;
}

/** Below it, a thread would be started for a fifth of a second of work. */
const WORTH_A_THREAD_BYTES: number = 32 * MIB;

/** What is given, and thus written, at once. */
const PIECE_BYTES: number = MIB;

/**
 * Opens files one after the other, **in the order of the packs** in which they begin. What cannot be read is thrown by the content, as `data-missing`
 * or `data-corrupt` naming the pack; the next file can be asked for all the same.
 */
export async function* readFiles<T extends FileContent>(
  files: Iterable<T>,
  options: ReadFilesOptions,
): AsyncGenerator<OpenedFile<T>, void, undefined> {
  const ordered = inPackOrder(files, options.index);
  await using thread = threadFor(ordered, options);
  const windows = readWindows(ordered, { ...options, thread });
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    for (const file of ordered) {
      const open = new OpenContent(file, windows, piece);
      const [only, ...others] = file.content;
      if (only === undefined) yield { file, content: open.empty() };
      else if (others.length > 0) yield { file, content: open.pieces() };
      else yield { file, content: await open.whole() };
      await open.pass();
    }
  } finally {
    await windows.close();
  }
}

function threadFor(
  files: readonly FileContent[],
  { threadKey }: ReadFilesOptions,
): OpenThread | undefined {
  if (threadKey === undefined) return undefined;
  const bytes = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return bytes < WORTH_A_THREAD_BYTES ? undefined : new OpenThread(threadKey);
}

/** By pack, packs in the order in which they are met, then by where in the pack a file begins. */
function inPackOrder<T extends FileContent>(
  files: Iterable<T>,
  index: ReadFilesOptions["index"],
): T[] {
  const numbers = new Map<Id, number>();
  const placed: { readonly file: T; readonly pack: number; readonly offsetBytes: number }[] = [];
  for (const file of files) {
    const [first] = file.content;
    const place = first === undefined ? undefined : index.find({ type: "data", id: first });
    if (place === undefined) {
      placed.push({ file, pack: -1, offsetBytes: 0 });
      continue;
    }
    const { packId, offsetBytes } = place;
    const pack = numbers.get(packId) ?? numbers.size;
    numbers.set(packId, pack);
    placed.push({ file, pack, offsetBytes });
  }
  placed.sort((a, b) => a.pack - b.pack || a.offsetBytes - b.offsetBytes);
  return placed.map(({ file }) => file);
}

/** The content of the file whose turn it is. */
class OpenContent {
  readonly #file: FileContent;
  readonly #windows: BlobWindows;
  readonly #piece: Buffer;
  #taken = 0;

  constructor(file: FileContent, windows: BlobWindows, piece: Buffer) {
    this.#file = file;
    this.#windows = windows;
    this.#piece = piece;
  }

  empty(): Uint8Array | AsyncIterable<Uint8Array> {
    return this.#checked(0) ?? new Uint8Array(0);
  }

  /** A file that cannot be given is a content that throws, as with longer ones. */
  async whole(): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    try {
      const bytes = await this.#next();
      return this.#checked(bytes.length) ?? bytes;
    } catch (error) {
      if (error instanceof BackupError && error.category === "integrity") return failing(error);
      throw error;
    }
  }

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const piece = this.#piece;
    let filled = 0;
    let total = 0;
    while (this.#taken < this.#file.content.length) {
      const blob = await this.#next();
      total += blob.length;
      if (filled + blob.length > piece.length && filled > 0) {
        yield piece.subarray(0, filled);
        filled = 0;
      }
      if (blob.length >= piece.length) yield blob;
      else {
        piece.set(blob, filled);
        filled += blob.length;
      }
    }
    if (filled > 0) yield piece.subarray(0, filled);
    const problem = this.#sizeProblem(total);
    if (problem !== undefined) throw problem;
  }

  /** Leaves what was not read of this file. */
  async pass(): Promise<void> {
    for (; this.#taken < this.#file.content.length; this.#taken++) await this.#windows.skip();
  }

  async #next(): Promise<Buffer> {
    const id = this.#file.content[this.#taken++] as Id;
    return this.#windows.takeNow(id) ?? (await this.#windows.take(id));
  }

  #checked(found: number): AsyncIterable<Uint8Array> | undefined {
    const problem = this.#sizeProblem(found);
    return problem === undefined ? undefined : failing(problem);
  }

  #sizeProblem(found: number): BackupError | undefined {
    const { sizeBytes = 0 } = this.#file;
    if (found === sizeBytes) return undefined;
    return new BackupError(
      "data-corrupt",
      `its blobs hold ${found} bytes, its node says ${sizeBytes}`,
      { details: { found, expected: sizeBytes } },
    );
  }
}

// biome-ignore lint/correctness/useYield: it has nothing to give
async function* failing(error: BackupError): AsyncGenerator<Uint8Array, void, undefined> {
  throw error;
}
