import { BackupError, MIB, quote, textOfBytes } from "../../base/index.ts";
import type { ByteSource } from "../byte-source.ts";
import type { ArchiveLimits } from "../types.ts";
import { type PaxRecords, parsePax, parsePaxTime } from "./pax.ts";
import { BLOCK_BYTES, isZeros, parseTarHeader, type TarHeader } from "./tar-header.ts";

export type TarType = "file" | "dir" | "symlink" | "hardlink" | "odd";

/** One entry of a tar with what its extension headers say. */
export interface TarItem {
  readonly type: TarType;
  /** As in the tar; not checked. */
  readonly name: string;
  readonly linkname: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
  /** Of the content that follows. */
  readonly sizeBytes: number;
  /** What an odd entry is, for people. */
  readonly oddity: string | undefined;
  /** Pax records that are none of tar's own. */
  readonly records: PaxRecords;
}

/** Extension headers of one entry together. */
const MAX_EXTENSION_BYTES: number = MIB;
const NO_RECORDS: PaxRecords = new Map();

/** What extension headers said about the entry to come. */
interface Extensions {
  records: PaxRecords;
  longName?: string;
  longLinkname?: string;
  bytes: number;
}

/**
 * Reads a tar's entries: ustar, GNU and pax.
 *
 * Written for archives from anybody, because tar-stream's reader is lenient where it matters: it reads on behind the end of the archive,
 * loses the bytes of names that are not UTF-8, and holds pax headers of 4 MiB.
 */
export class TarReader {
  readonly #source: ByteSource;
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #contentBytes = 0;
  /** Left of the current entry's content, and the padding behind it. */
  #unreadBytes = 0;
  #paddingBytes = 0;
  #hasEnd = false;

  constructor(source: ByteSource, limits: ArchiveLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  /** Whether the end of the archive was marked, once `next` has given undefined. */
  get hasEnd(): boolean {
    return this.#hasEnd;
  }

  /**
   * The next entry, after skipping what was not read of the last one; undefined at the end of the archive.
   * @throws BackupError `data-corrupt`, `limit-exceeded`, `unsupported-format`
   */
  async next(): Promise<TarItem | undefined> {
    await this.#source.skip(this.#unreadBytes + this.#paddingBytes);
    this.#unreadBytes = 0;
    this.#paddingBytes = 0;
    const extensions: Extensions = { records: NO_RECORDS, bytes: 0 };
    for (;;) {
      const block = this.#source.takeNow(BLOCK_BYTES) ?? (await this.#source.take(BLOCK_BYTES));
      const header = block === undefined ? undefined : parseTarHeader(block);
      if (header === undefined) {
        if (extensions.bytes > 0) throw this.#source.cutShort();
        this.#hasEnd = block !== undefined;
        return undefined;
      }
      if (!(await this.#readExtension(header, extensions))) return this.#begin(header, extensions);
    }
  }

  /**
   * The next bytes of the current entry's content; undefined when it has been read to its end.
   * @param atLeast - Fewer come only at the content's end.
   */
  async read(atLeast: number): Promise<Uint8Array | undefined> {
    if (this.#unreadBytes === 0) return undefined;
    const wanted = Math.min(atLeast, this.#unreadBytes);
    const hasEnough = this.#source.availableBytes >= wanted;
    const some = await (hasEnough
      ? this.#source.takeSome(this.#unreadBytes)
      : this.#source.take(wanted));
    if (some === undefined) throw this.#source.cutShort();
    this.#unreadBytes -= some.length;
    return some;
  }

  /** Reads what follows the end of the archive. @returns Whether all of it is zeros. */
  async drain(): Promise<boolean> {
    let isEmpty = true;
    for (;;) {
      const some = await this.#source.takeSome(MIB);
      if (some === undefined) return isEmpty;
      if (isEmpty && !isZeros(some)) isEmpty = false;
    }
  }

  /** Takes a header that only describes the next one. @returns false when it describes an entry. */
  async #readExtension(header: TarHeader, extensions: Extensions): Promise<boolean> {
    if (!EXTENSION_FLAGS.has(header.flag)) return false;
    extensions.bytes += BLOCK_BYTES + header.sizeBytes;
    if (extensions.bytes > MAX_EXTENSION_BYTES) {
      throw new BackupError(
        "limit-exceeded",
        `archive: extension headers of one entry are longer than ${MAX_EXTENSION_BYTES} bytes`,
      );
    }
    const content = (await this.#source.take(header.sizeBytes)) ?? new Uint8Array(0);
    if (content.length < header.sizeBytes) throw this.#source.cutShort();
    await this.#source.skip(paddingOf(header.sizeBytes));
    if (header.flag === "x" || header.flag === "X") extensions.records = parsePax(content);
    else if (header.flag === "g") assertHarmless(parsePax(content));
    else if (header.flag === "L") extensions.longName = textUpToZero(content);
    else extensions.longLinkname = textUpToZero(content);
    return true;
  }

  #begin(header: TarHeader, extensions: Extensions): TarItem {
    const item = describe(header, extensions);
    this.#entries += 1;
    this.#contentBytes += item.sizeBytes;
    const { maxEntries, maxBytes } = this.#limits;
    if (this.#entries > maxEntries) throw tooMuch(`more than ${maxEntries} entries`);
    if (this.#contentBytes > maxBytes) throw tooMuch(`contents of more than ${maxBytes} bytes`);
    this.#unreadBytes = item.sizeBytes;
    this.#paddingBytes = paddingOf(item.sizeBytes);
    return item;
  }
}

const EXTENSION_FLAGS: ReadonlySet<string> = new Set(["x", "X", "g", "L", "K"]);

const TYPES: Readonly<Record<string, TarType>> = {
  "0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "dir",
};

const ODDITIES: Readonly<Record<string, string>> = {
  "3": "character device",
  "4": "block device",
  "6": "named pipe",
  D: "directory of an incremental GNU tar",
  M: "continuation of another volume",
  V: "volume label",
};

function describe(header: TarHeader, { records, longName, longLinkname }: Extensions): TarItem {
  const name = records.get("path") ?? longName ?? header.name;
  assertNotSparse(name, header, records);
  const size = records.get("size");
  const sizeBytes = size === undefined ? header.sizeBytes : parseSize(size);
  const type = name.endsWith("/") && header.flag === "0" ? "dir" : (TYPES[header.flag] ?? "odd");
  if (type !== "file" && type !== "odd" && sizeBytes > 0) {
    throw new BackupError("unsupported-format", `archive: ${type} ${quote(name)} has a content`);
  }
  const time = parsePaxTime(records.get("mtime") ?? "");
  return {
    type,
    name,
    linkname: records.get("linkpath") ?? longLinkname ?? header.linkname,
    mode: header.mode & 0o7777,
    mtimeNs: time ?? BigInt(header.mtimeSeconds) * 1_000_000_000n,
    sizeBytes,
    oddity: type === "odd" ? (ODDITIES[header.flag] ?? `type ${quote(header.flag)}`) : undefined,
    records,
  };
}

function assertNotSparse(name: string, header: TarHeader, records: PaxRecords): void {
  const isSparse =
    header.flag === "S" || [...records.keys()].some((key) => key.startsWith("GNU.sparse."));
  if (!isSparse) return;
  throw new BackupError(
    "unsupported-format",
    `archive: ${quote(name)} is stored as a sparse file`,
    {
      hint: "make the tar without --sparse",
    },
  );
}

/** A global header may say who made the archive, not what an entry is called or how long it is. */
function assertHarmless(records: PaxRecords): void {
  const key = ["path", "linkpath", "size"].find((each) => records.has(each));
  if (key === undefined) return;
  throw new BackupError(
    "unsupported-format",
    `archive: a global header sets ${key} for all entries`,
  );
}

function parseSize(text: string): number {
  const size = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new BackupError("data-corrupt", `archive: size ${quote(text)} is none`);
}

function textUpToZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return textOfBytes(end < 0 ? bytes : bytes.subarray(0, end));
}

function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function tooMuch(what: string): BackupError {
  return new BackupError("limit-exceeded", `archive: ${what}`);
}
