import { openSource, type Path, statPath, type WalkedEntry } from "../../filesystem/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";

const SIDECAR = /-(wal|shm|journal)$/;
const CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55";
const SMALLEST_PAGE = 512;

/**
 * Whether a live file is a SQLite database: by its header, or, when it is still empty, by a write-ahead log beside it. A
 * database's size is a multiple of its page size, so hardly any other file is opened.
 */
export function isLiveDatabase({ path, stat }: Pick<WalkedEntry, "path" | "stat">): boolean {
  if (stat.type !== "file") return false;
  if (stat.sizeBytes === 0) return (statOrNothing(`${path}-wal`)?.sizeBytes ?? 0) > 0;
  if (stat.sizeBytes % SMALLEST_PAGE !== 0) return false;
  return isSqliteHeader(headOf(path, SQLITE_HEADER_BYTES));
}

/** The database that a sidecar (`-wal`, `-shm`, `-journal`) would belong to; undefined for other names. */
export function databaseOfSidecar(path: Path): Path | undefined {
  return SIDECAR.test(path) ? path.replace(SIDECAR, "") : undefined;
}

/** The sidecars that a database has. */
export function sidecarsOf(database: Path): Path[] {
  return ["-wal", "-shm", "-journal"]
    .map((suffix) => database + suffix)
    .filter((path) => statOrNothing(path)?.type === "file");
}

/** Whether a directory declares that it is a cache (bford.info/cachedir). */
export function isCacheDirectory(directory: Path): boolean {
  const tag = `${directory}/CACHEDIR.TAG`;
  if (statOrNothing(tag)?.type !== "file") return false;
  return Buffer.from(headOf(tag, CACHE_TAG.length)).toString("latin1") === CACHE_TAG;
}

/** Nothing is taken for "not there", and so is what cannot be read: it is the swap that will show. */
function headOf(path: Path, length: number): Uint8Array {
  try {
    using file = openSource(path);
    return file?.read(0, length) ?? new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}

function statOrNothing(path: Path): WalkedEntry["stat"] | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}
