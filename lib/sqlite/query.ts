import type { StatementSync } from "node:sqlite";
import { BackupError, SECOND_MS } from "../base/index.ts";
import type { Path } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { translate } from "./problems.ts";

/** A value that SQLite stores. Integers are numbers where these are exact. */
export type SqlValue = null | number | bigint | string | Uint8Array;

export type Row = Readonly<Record<string, SqlValue>>;

const MAX_ROWS = 100_000;
/** For a lock of another program; the event loop stands still meanwhile. */
const BLOCKING_WAIT_MS: number = SECOND_MS;

/**
 * Gives the rows of one query, read-only. Meant for small facts, on a copy or, briefly, on a live database.
 * @throws BackupError `source-unreadable`, also for a table that does not exist; `limit-exceeded` above 100,000 rows
 */
export function queryDatabase(
  path: Path,
  sql: string,
  parameters: readonly SqlValue[] = [],
): readonly Row[] {
  try {
    using connection = new Connection(path, { readOnly: true, timeout: BLOCKING_WAIT_MS });
    connection.value("PRAGMA trusted_schema=OFF");
    return readRows(connection.database.prepare(sql), parameters);
  } catch (error) {
    throw translate(path, error);
  }
}

function readRows(statement: StatementSync, parameters: readonly SqlValue[]): Row[] {
  statement.setReadBigInts(true);
  const rows: Row[] = [];
  for (const row of statement.iterate(...parameters)) {
    if (rows.length === MAX_ROWS) {
      throw new BackupError("limit-exceeded", `query gives more than ${MAX_ROWS} rows`);
    }
    rows.push(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, exact(value)])));
  }
  return rows;
}

function exact(value: SqlValue): SqlValue {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly SqlValue[] | undefined;
}

/**
 * Runs statements in one transaction, all or none, on a copy that nobody else has open; it is made when it is missing. Never on a live
 * database. Foreign keys must hold at the end, not in between.
 * @param options - `waitMs` is for a file of our own that several of our processes write: how long to stand still for another's transaction.
 * @returns How many rows each statement changed.
 * @throws BackupError `source-unreadable`
 */
export function updateDatabase(
  path: Path,
  statements: readonly Statement[],
  options: { readonly waitMs?: number | undefined } = {},
): readonly number[] {
  try {
    using connection = new Connection(path, { timeout: options.waitMs ?? 0 });
    const { database } = connection;
    database.exec("BEGIN IMMEDIATE");
    database.exec("PRAGMA defer_foreign_keys=ON");
    const changes = statements.map(({ sql, parameters = [] }) =>
      Number(database.prepare(sql).run(...parameters).changes),
    );
    database.exec("COMMIT");
    return changes;
  } catch (error) {
    throw translate(path, error);
  }
}
