import type { Path } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { isDamage, isStatementError } from "./problems.ts";

export interface SettledCopy {
  /** What the database was in before. */
  readonly journalMode: "wal" | "rollback";
  readonly pageSize: number;
  /** Statements passed over for another reason than a missing table, such as a trigger that needs a missing module. */
  readonly notes: readonly string[];
}

/**
 * Makes a fresh copy stand alone: `journal_mode=delete`, no sidecars, and the given statements carried out in one transaction. What they
 * delete is overwritten with zeros, since it may hold secrets. Pages stay where they are (no VACUUM), for the sake of deduplication.
 */
export function settleCopy(copy: Path, cleanCopy: readonly string[]): SettledCopy {
  using connection = new Connection(copy, {});
  const { database } = connection;
  // Exclusive: no index file is made for the log. Not synchronous: a copy that a power cut spoils is made again.
  database.exec("PRAGMA locking_mode=EXCLUSIVE");
  database.exec("PRAGMA synchronous=OFF");
  const pageSize = connection.count("PRAGMA page_size");
  // Known only after the first read.
  const journalMode = connection.value("PRAGMA journal_mode") === "wal" ? "wal" : "rollback";
  connection.value("PRAGMA journal_mode=DELETE");
  return { journalMode, pageSize, notes: cleanAll(connection, cleanCopy) };
}

function cleanAll(connection: Connection, statements: readonly string[]): readonly string[] {
  if (statements.length === 0) return [];
  connection.value("PRAGMA secure_delete=ON");
  connection.database.exec("BEGIN");
  const notes = statements.flatMap((statement) => clean(connection, statement));
  connection.database.exec("COMMIT");
  return notes;
}

/** SQLite undoes a statement that fails, and the transaction goes on. */
function clean({ database }: Connection, statement: string): string[] {
  try {
    database.exec(statement);
    return [];
  } catch (error) {
    if (isDamage(error)) throw error;
    if (isStatementError(error) && error.message.startsWith("no such table:")) return [];
    return [`${statement}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
