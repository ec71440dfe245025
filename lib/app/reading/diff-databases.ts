import { join } from "node:path";
import { createPrivateDirectory, publishFile } from "../../filesystem/index.ts";
import { queryDatabase } from "../../sqlite/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";

/** Tables of two versions of a database, with their rows; null where a version has no such table, or its rows cannot be counted here. */
export interface DatabaseDifference {
  readonly tables: readonly {
    readonly name: string;
    readonly rowsBefore: number | null;
    readonly rowsAfter: number | null;
    /** Whether the statement that made it differs. */
    readonly isRedefined: boolean;
  }[];
}

interface Table {
  readonly sql: string;
  readonly rows: number | null;
}

/** Unpacks two versions of a database into scratch space and compares their tables. */
export async function diffDatabases(
  app: AppContext,
  before: AsyncIterable<Uint8Array>,
  after: AsyncIterable<Uint8Array>,
): Promise<DatabaseDifference> {
  return await usingHome(app.settings.home, async () => {
    await using scratch = await createPrivateDirectory(app.makeTemporaryDirectory(), "diff");
    const [a, b] = [join(scratch.path, "before"), join(scratch.path, "after")];
    await publishFile(a, before);
    await publishFile(b, after);
    return compareTables(tablesOf(a), tablesOf(b));
  });
}

function compareTables(
  a: ReadonlyMap<string, Table>,
  b: ReadonlyMap<string, Table>,
): DatabaseDifference {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return {
    tables: names.map((name) => {
      const [before, after] = [a.get(name), b.get(name)];
      return {
        name,
        rowsBefore: before?.rows ?? null,
        rowsAfter: after?.rows ?? null,
        isRedefined: before !== undefined && after !== undefined && before.sql !== after.sql,
      };
    }),
  };
}

function tablesOf(file: string): Map<string, Table> {
  const rows = queryDatabase(file, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
  return new Map(
    rows.map(({ name, sql }) => [String(name), { sql: String(sql), rows: countRows(file, name) }]),
  );
}

/** A virtual table whose module is missing here cannot be counted. */
function countRows(file: string, name: unknown): number | null {
  const quoted = `"${String(name).replaceAll('"', '""')}"`;
  try {
    return Number(queryDatabase(file, `SELECT count(*) AS n FROM ${quoted}`)[0]?.n ?? 0);
  } catch {
    return null;
  }
}
