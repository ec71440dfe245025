import type { Path } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { isDamage, isStatementError } from "./problems.ts";
import type { DatabaseCheck } from "./types.ts";

/** More findings tell nobody more. */
export const MAX_FINDINGS = 20;

/** What {@link inspectDatabase} finds; `ok` follows from it. */
export type Inspection = Omit<DatabaseCheck, "ok">;

/**
 * Reads a whole database without log or journal that nobody writes, and lists what is wrong with it: structure, indexes and foreign
 * keys. Virtual tables whose module or tokenizer is missing here are passed over; the ordinary tables behind them are not.
 *
 * Takes no locks and makes no files. Synchronous; about 1 GB a second.
 * @throws the error of `node:sqlite` when the database cannot be opened or read at all, but not for damage
 */
export function inspectDatabase(path: Path): Inspection {
  using connection = new Connection(path, { readOnly: true, immutable: true });
  try {
    // Nothing in the schema of a foreign database may call functions that do more than compute.
    connection.value("PRAGMA trusted_schema=OFF");
    connection.value("PRAGMA cell_size_check=ON");
    const userVersion = connection.count("PRAGMA user_version");
    const tables = connection.count("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    const findings = [...checkStructure(connection), ...checkForeignKeys(connection)];
    return { userVersion, tables, findings: findings.slice(0, MAX_FINDINGS) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { userVersion: 0, tables: 0, findings: [messageOf(error)] };
  }
}

function checkStructure(connection: Connection): string[] {
  try {
    return integrityOf(connection, `PRAGMA integrity_check(${MAX_FINDINGS})`);
  } catch (error) {
    if (!isStatementError(error)) throw error;
  }
  // One virtual table that cannot be opened here ends the whole check: check the others one by one.
  return ordinaryTables(connection).flatMap((table) =>
    integrityOf(connection, `PRAGMA integrity_check(${quoteText(table)})`),
  );
}

function integrityOf({ database }: Connection, pragma: string): string[] {
  const lines = database.prepare(pragma).all().flatMap(Object.values).map(String);
  return lines.filter((line) => line !== "ok");
}

function checkForeignKeys(connection: Connection): string[] {
  return ordinaryTables(connection).flatMap((table) => {
    try {
      return missingParents(connection, table);
    } catch (error) {
      // A foreign key that the schema itself makes impossible is no damage.
      if (isStatementError(error)) return [];
      throw error;
    }
  });
}

function missingParents({ database }: Connection, table: string): string[] {
  const found: string[] = [];
  const check = database.prepare(`PRAGMA foreign_key_check(${quoteText(table)})`);
  check.setReadBigInts(true);
  for (const row of check.iterate()) {
    found.push(`row ${row.rowid} of ${row.table} refers to a missing row of ${row.parent}`);
    if (found.length === MAX_FINDINGS) break;
  }
  return found;
}

/** Tables with rows of their own, those behind virtual tables among them. */
function ordinaryTables({ database }: Connection): string[] {
  const rows = database.prepare("PRAGMA table_list").all();
  return rows
    .filter((row) => row.schema === "main" && (row.type === "table" || row.type === "shadow"))
    .map((row) => String(row.name));
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
