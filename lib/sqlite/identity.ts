import { createHash } from "node:crypto";
import { isBackupError } from "../base/index.ts";
import { openSource, type Path, type SourceFile } from "../filesystem/index.ts";
import { isSqliteHeader } from "./header.ts";

/** What a database looks like from outside, without opening it in SQLite. */
export interface DatabaseIdentity {
  /** Equal texts mean equal content, as far as bytes and counters can tell; see {@link identifyDatabase}. */
  readonly text: string;
  /** The newest of the times of its files: when it may last have been written to. */
  readonly changedNs: bigint;
}

const HEADER_BYTES = 100;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const WAL_MAGIC = 0x377f0682;
const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");
/** A log of 4 GB; one that is larger is not looked through. */
const MAX_FRAMES = 1_000_000;

/**
 * Tells by what a database can be recognised if nothing is committed to it. Taken **before** the read transaction of a copy, it is never newer
 * than the copy: what is committed between the two makes the next identity another one.
 *
 * - The main file: device, inode, size, times, and from its header the change counter, which each transaction of rollback mode counts up.
 * - The log, in WAL mode: its salts and checkpoint sequence, which are new each time the log begins anew; the number and checksum of the last
 *   commit frame; and a hash over the headers of all frames of this beginning. A commit adds at least one frame, and where it overwrites what
 *   a crash left behind its end, a cumulative checksum in those headers changes.
 *
 * Closing what is opened here drops this process's locks on the file: never to be called for a database that it has open in SQLite.
 * @returns undefined when it cannot be told: no database, a hot journal, a file that cannot be read, or one that changed meanwhile
 */
export function identifyDatabase(path: Path): DatabaseIdentity | undefined {
  try {
    using main = openSource(path);
    const header = main?.read(0, HEADER_BYTES);
    if (main === undefined || header === undefined || !isWholeHeader(header)) return undefined;
    if (hasHotJournal(path)) return undefined;
    using wal = openSource(`${path}-wal`);
    const log = wal === undefined ? EMPTY_LOG : describeLog(wal);
    const { dev, ino, sizeBytes, mtimeNs, ctimeNs } = main.stat;
    if (log === undefined || main.restat().mtimeNs !== mtimeNs) return undefined;
    const counters = Buffer.from(header.subarray(24, 28)).toString("hex");
    const text = [dev, ino, sizeBytes, mtimeNs, ctimeNs, counters, log].join(":");
    return { text, changedNs: newest(main, log === EMPTY_LOG ? undefined : wal) };
  } catch (error) {
    if (isBackupError(error)) return undefined;
    throw error;
  }
}

/**
 * Whether two texts of identities tell of the same content, although the inode was touched in between: linked to, as by the proof that nobody
 * uses it, or given another mode. Only for databases that were not written to in the moments around the first look.
 */
export function isSameDatabase(a: string, b: string): boolean {
  return withoutInodeTime(a) === withoutInodeTime(b);
}

function withoutInodeTime(text: string): string {
  const [dev, ino, sizeBytes, mtimeNs, _ctimeNs, ...others] = text.split(":");
  return [dev, ino, sizeBytes, mtimeNs, ...others].join(":");
}

/** A log that is empty or was never begun holds nothing, and a reader may have made it. */
const EMPTY_LOG = "none";

function isWholeHeader(header: Uint8Array): boolean {
  return header.length === HEADER_BYTES && isSqliteHeader(header);
}

/** A journal with a valid beginning may have to be played back: its database is not what its file says. */
function hasHotJournal(path: Path): boolean {
  using journal = openSource(`${path}-journal`);
  return journal !== undefined && JOURNAL_MAGIC.equals(journal.read(0, JOURNAL_MAGIC.length));
}

/** @returns undefined for a log that is too large */
function describeLog(wal: SourceFile): string | undefined {
  const header = Buffer.from(wal.read(0, WAL_HEADER_BYTES));
  if (header.length < WAL_HEADER_BYTES) return EMPTY_LOG;
  // The last bit of the magic is the byte order of the checksums.
  if ((header.readUInt32BE(0) & ~1) >>> 0 !== WAL_MAGIC) return EMPTY_LOG;
  const pageBytes = header.readUInt32BE(8);
  if (pageBytes < 512 || pageBytes > 65_536) return undefined;
  const salts = header.subarray(16, 24);
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  const hash = createHash("sha256").update(header);
  let lastCommit = "0:0";
  for (let number = 1; ; number++) {
    if (number > MAX_FRAMES) return undefined;
    const offset = WAL_HEADER_BYTES + (number - 1) * (FRAME_HEADER_BYTES + pageBytes);
    const read = wal.readInto(frame, offset);
    // Frames of an earlier beginning lie behind the end of this one.
    if (read.length < FRAME_HEADER_BYTES || !salts.equals(frame.subarray(8, 16))) break;
    hash.update(frame);
    const isCommit = frame.readUInt32BE(4) !== 0;
    if (isCommit) lastCommit = `${number}:${frame.subarray(16, 24).toString("hex")}`;
  }
  const sequence = header.readUInt32BE(12);
  return [salts.toString("hex"), sequence, lastCommit, hash.digest("hex")].join(":");
}

function newest(...files: readonly (SourceFile | undefined)[]): bigint {
  const times = files.flatMap((file) =>
    file === undefined ? [] : [file.stat.mtimeNs, file.stat.ctimeNs],
  );
  return times.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
}
