import { openSource, type Path, pathExists, type WalkedEntry } from "../../filesystem/index.ts";
import { UPDATE_CAPTURE_MARKER } from "../../openclaw/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";
import { isOpenDatabase } from "../open-databases.ts";

/** The smallest SQLite database is one page of 512 bytes. */
export const MIN_DATABASE_BYTES = 512;

const CACHEDIR_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Whether a file is a SQLite database by its header. One that cannot be read is none here; capturing it will tell why. */
export function isDatabaseFile(entry: Pick<WalkedEntry, "path" | "stat">): boolean {
  if (entry.stat.type !== "file" || entry.stat.sizeBytes < MIN_DATABASE_BYTES) return false;
  if (isOpenDatabase(entry.stat)) return true;
  return isSqliteHeader(readHead(entry.path, SQLITE_HEADER_BYTES));
}

/** Whether a directory declares itself a cache. @see https://bford.info/cachedir/ */
export function isCacheDirectory(directory: Path): boolean {
  const tag = `${directory}/CACHEDIR.TAG`;
  if (!isThere(tag)) return false;
  const head = readHead(tag, CACHEDIR_SIGNATURE.length);
  return Buffer.from(head).toString("latin1") === CACHEDIR_SIGNATURE;
}

/** Whether OpenClaw's updater made a directory for itself; OpenClaw refuses backups that hold one. */
export function isUpdateCapture(directory: Path): boolean {
  return isThere(`${directory}/${UPDATE_CAPTURE_MARKER}`);
}

function isThere(path: Path): boolean {
  try {
    return pathExists(path);
  } catch {
    return false;
  }
}

function readHead(path: Path, length: number): Uint8Array {
  try {
    using source = openSource(path);
    return source?.read(0, length) ?? new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}
