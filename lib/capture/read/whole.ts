import { BackupError } from "../../base/index.ts";
import { type FileStat, openSource, type Path, type SourceFile } from "../../filesystem/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";
import { MIN_DATABASE_BYTES } from "../select/index.ts";
import { changeBetween } from "./change.ts";

/** Files up to this size are read into memory whole, larger ones in pieces. */
export const WHOLE_LIMIT_BYTES: number = 1024 * 1024;

/** What came of one attempt to read a file. */
export type Reading =
  | {
      readonly type: "whole";
      readonly stat: FileStat;
      /** In the buffer that was handed in. */
      readonly bytes: Uint8Array;
      /** It has become longer since it was opened; `bytes` are what it held then. */
      readonly grew: boolean;
    }
  /** Has the header of a SQLite database; nothing of it counts. */
  | { readonly type: "database"; readonly stat: FileStat }
  /** Too large to be read whole; still open, to be disposed of by the caller. */
  | { readonly type: "large"; readonly source: SourceFile }
  | { readonly type: "vanished" }
  /** Something that is not a file stands in its place now. */
  | { readonly type: "replaced" }
  /** Rewritten while it was read: another attempt may meet it in peace. */
  | { readonly type: "changed" }
  | { readonly type: "unreadable"; readonly detail: string };

/**
 * Opens a file and reads it, or leaves it open when it is large. Synchronous: asynchronous calls cost several times as much for
 * small files (perf.md). Must not be called for a database that this process has open in SQLite.
 *
 * @param buffer - Of `WHOLE_LIMIT_BYTES`. Reused from file to file: new memory for each costs garbage collections.
 */
export function readFile(path: Path, buffer: Buffer): Reading {
  try {
    const source = openSource(path);
    return source === undefined ? { type: "vanished" } : readOpen(source, buffer);
  } catch (error) {
    return readingOfFailure(error);
  }
}

function readOpen(source: SourceFile, buffer: Buffer): Reading {
  if (source.stat.sizeBytes > WHOLE_LIMIT_BYTES && !isDatabase(source)) {
    return { type: "large", source };
  }
  using open = source;
  const { stat } = open;
  if (stat.sizeBytes > WHOLE_LIMIT_BYTES) return { type: "database", stat };
  const bytes = open.readInto(buffer.subarray(0, stat.sizeBytes), 0);
  if (stat.sizeBytes >= MIN_DATABASE_BYTES && isSqliteHeader(bytes)) {
    return { type: "database", stat };
  }
  const change = changeBetween(stat, open.restat());
  const isWhole = bytes.length === stat.sizeBytes && (change === "none" || isPrefix(bytes, open));
  if (!isWhole || change === "changed") return { type: "changed" };
  return { type: "whole", stat, bytes, grew: change === "grew" };
}

function isDatabase(source: SourceFile): boolean {
  try {
    return isSqliteHeader(source.read(0, SQLITE_HEADER_BYTES));
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

/** Whether a file that grew still begins as it was read: then it was appended to, and not rewritten longer. */
function isPrefix(bytes: Uint8Array, source: SourceFile): boolean {
  return Buffer.compare(bytes, source.read(0, bytes.length)) === 0;
}

function readingOfFailure(error: unknown): Reading {
  if (!(error instanceof BackupError)) throw error;
  const code = error.details.systemCode;
  if (code === "ELOOP" || code === "EFTYPE") return { type: "replaced" };
  return { type: "unreadable", detail: error.message };
}
