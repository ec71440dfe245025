import { hasTextBeyond } from "../names/index.ts";

const BLOCK = 512;
/** The last second that fits the writer's 31-bit header field; later times go into a pax record. */
const MAX_HEADER_SECONDS = 2 ** 31 - 1;

/** One entry as it goes into the tar; names are final: relative, `/` between segments, no `.`, `..` or backslash. */
export interface TarEntry {
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "link";
  /** 1 to 0o777. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  /** A symbolic link's text, or the full name of a hard link's target. */
  readonly linkname?: string | undefined;
  /** Own pax records: what the header cannot say, for our reader. */
  readonly records?: Readonly<Record<string, string>> | undefined;
  readonly sizeBytes: number;
}

/** What the header block holds, and what goes into the pax header before it. */
export interface TarLayout {
  readonly mtimeSeconds: number;
  /** Set when a pax header is written; name and link target are always in it. */
  readonly pax: Readonly<Record<string, string>> | undefined;
  /** What stands before the content: pax header, header. */
  readonly headerBytes: number;
  /** Everything: headers, content, padding. */
  readonly totalBytes: number;
}

/**
 * Lays out an entry exactly as tar-stream will write it: the offsets in the file list and the cutting of gzip members rest on this.
 */
export function layOut(entry: TarEntry): TarLayout {
  const seconds = floorSeconds(entry.mtimeNs);
  const isOddTime = seconds < 0 || seconds > MAX_HEADER_SECONDS;
  const records = { ...(isOddTime ? { mtime: String(seconds) } : {}), ...entry.records };
  const needsPax = Object.keys(records).length > 0 || !fitsHeader(entry);
  const headerBytes = needsPax ? 2 * BLOCK + padded(paxBody(entry, records).length) : BLOCK;
  return {
    mtimeSeconds: Math.min(Math.max(seconds, 0), MAX_HEADER_SECONDS),
    pax: needsPax ? records : undefined,
    headerBytes,
    totalBytes: headerBytes + padded(entry.sizeBytes),
  };
}

/** Whether OpenClaw might not be able to read the link target; see `names/pax-header.ts`. The path has seen to itself. */
export function hasUnreadableTarget(entry: TarEntry): boolean {
  return entry.linkname !== undefined && hasTextBeyond(paxBody(entry, {}));
}

/** Directories end in a slash, as archiver writes them. */
function nameInTar(entry: TarEntry): string {
  return entry.type === "directory" ? `${entry.name}/` : entry.name;
}

/**
 * Whether name and link target can stand in a ustar header: ASCII, the target at most 100 bytes, the name at most 100 after moving leading
 * directories into the prefix field of 155.
 */
function fitsHeader(entry: TarEntry): boolean {
  const { linkname = "" } = entry;
  const name = nameInTar(entry);
  if (/[^\0-\x7f]/.test(name + linkname) || linkname.length > 100) return false;
  let cut = 0;
  while (name.length - cut > 100) {
    const slash = name.indexOf("/", cut);
    // A name that would be all prefix is legal but read differently by some.
    if (slash < 0 || slash === name.length - 1) return false;
    cut = slash + 1;
  }
  return cut <= 156;
}

function paxBody(entry: TarEntry, records: Readonly<Record<string, string>>): Buffer {
  const own = Object.entries(records).map(([key, value]) => record(key, value));
  const link = entry.linkname === undefined ? [] : [record("linkpath", entry.linkname)];
  return Buffer.concat([record("path", nameInTar(entry)), ...link, ...own]);
}

/** `LENGTH key=value\n`, where LENGTH counts the whole record with itself. */
function record(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

function floorSeconds(ns: bigint): number {
  const seconds = ns / 1_000_000_000n;
  return Number(ns < 0n && seconds * 1_000_000_000n !== ns ? seconds - 1n : seconds);
}
