import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Substitution {
  readonly from: string;
  readonly to: string;
}

/** Rewrites the paths that OpenClaw keeps in its databases, from one home to another. */
export function relocateDatabases(stateDir: string, from: string, to: string): void {
  const changes: Substitution[] = [{ from, to }];
  // Workspaces are also known by the SHA-256 of their path.
  for (const workspace of ["/.openclaw/workspace", "/research"]) {
    changes.push({ from: sha256(from + workspace), to: sha256(to + workspace) });
  }
  for (const folder of ["state", "agents/main/agent", "agents/research/agent"]) {
    for (const name of readdirSync(join(stateDir, folder))) {
      if (name === "openclaw.sqlite" || name === "openclaw-agent.sqlite") {
        relocateDatabase(join(stateDir, folder, name), changes);
      }
    }
  }
  // It names databases by device and inode; OpenClaw makes it anew.
  rmSync(join(stateDir, "state", "openclaw-quarantine.sqlite"), { force: true });
}

/**
 * Rewrites every text column, and leaves the changes in the write-ahead log: closing the database would move them
 * into the main file, so both files are copied before, and the copies take their places.
 */
function relocateDatabase(path: string, changes: readonly Substitution[]): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec("PRAGMA wal_autocheckpoint = 0; BEGIN");
    for (const { table, column } of textColumns(database)) {
      for (const { from, to } of changes) {
        const statement = `UPDATE "${table}" SET "${column}" = replace("${column}", ?, ?)
          WHERE typeof("${column}") = 'text' AND instr("${column}", ?)`;
        database.prepare(statement).run(from, to, from);
      }
    }
    database.exec("COMMIT");
    copyFileSync(path, `${path}.copy`);
    copyFileSync(`${path}-wal`, `${path}.copy-wal`);
  } finally {
    database.close();
  }
  rmSync(`${path}-shm`, { force: true });
  renameSync(`${path}.copy`, path);
  renameSync(`${path}.copy-wal`, `${path}-wal`);
}

/** The columns of ordinary tables: the inner tables of a virtual one are its module's own. */
function textColumns(database: DatabaseSync): { table: string; column: string }[] {
  const rows = database
    .prepare(
      `SELECT list.name AS "table", info.name AS "column"
         FROM pragma_table_list AS list JOIN pragma_table_info(list.name) AS info
        WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  return rows.map((row) => ({ table: String(row.table), column: String(row.column) }));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
