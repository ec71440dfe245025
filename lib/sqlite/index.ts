/**
 * Recognises, captures and checks SQLite databases.
 *
 * @module
 */
import { BackupError } from "../base/index.ts";
import type { Path } from "../filesystem/index.ts";
import type { CaptureDatabaseOptions, CapturedDatabase, DatabaseCheck } from "./types.ts";

export type * from "./types.ts";

/** How many bytes of a file {@link isSqliteHeader} needs. */
export const SQLITE_HEADER_BYTES = 16;

/** Whether a file that begins like this is a SQLite database. An empty file can be one too (everything in its WAL). */
export function isSqliteHeader(head: Uint8Array): boolean {
  return (
    Buffer.from(head.subarray(0, SQLITE_HEADER_BYTES)).toString("latin1") === "SQLite format 3\0"
  );
}

export async function captureDatabase(
  source: Path,
  target: Path,
  options: CaptureDatabaseOptions = {},
): Promise<CapturedDatabase> {
  throw new BackupError("internal", `${source} ${target} ${options}`);
}

export interface CheckDatabaseOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function checkDatabase(
  path: Path,
  options: CheckDatabaseOptions = {},
): Promise<DatabaseCheck> {
  throw new BackupError("internal", `${path} ${options}`);
}

/** Whether nobody has this database open: it opens in exclusive locking mode. Writes nothing. */
export function provesUnused(path: Path): boolean {
  throw new BackupError("internal", path);
}

/** A value that SQLite stores. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** Rows of one query on a copy that nobody else writes; read-only. */
export function queryDatabase(
  path: Path,
  sql: string,
  parameters: readonly SqlValue[] = [],
): readonly Readonly<Record<string, SqlValue>>[] {
  throw new BackupError("internal", path + sql + parameters);
}

/** Runs statements in one transaction on a copy; never on a live database. */
export function updateDatabase(
  path: Path,
  statements: readonly { readonly sql: string; readonly parameters?: readonly SqlValue[] }[],
): void {
  throw new BackupError("internal", path + statements);
}
