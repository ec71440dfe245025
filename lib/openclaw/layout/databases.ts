import { posix } from "node:path";
import type { Path } from "../../filesystem/index.ts";
import { queryDatabase } from "../../sqlite/index.ts";
import type { Installation } from "../types.ts";

/** Rows that mean something only while the program runs; restored, they would block it or send old messages again. */
const EPHEMERAL_TABLES = ["state_leases", "agent_database_leases", "delivery_queue_entries"];

/**
 * Statements that clear ephemeral rows in the copy of one of OpenClaw's own databases, as OpenClaw's backup does; none for any
 * other database. A table may be missing.
 */
export function databaseCleanup(path: Path, installation: Installation): readonly string[] {
  if (!isOwnDatabase(path, installation)) return [];
  return EPHEMERAL_TABLES.map((table) => `DELETE FROM ${table}`);
}

function isOwnDatabase(
  path: Path,
  { stateDir, agents, essentialDatabases }: Installation,
): boolean {
  if (essentialDatabases.includes(path)) return true;
  if (path === posix.join(stateDir, "state", "openclaw.sqlite")) return true;
  if (posix.basename(path) !== "openclaw-agent.sqlite") return false;
  const directory = posix.dirname(path);
  return (
    agents.some(({ agentDir }) => agentDir === directory) ||
    (directory.startsWith(`${stateDir}/agents/`) && posix.basename(directory) === "agent")
  );
}

/** What one of OpenClaw's own databases asks of the program that opens it. */
export interface RequiredSchema {
  readonly role: "global" | "agent";
  /** SQLite's `user_version`, to be compared with the program's `schemaVersions` of `state` and `agent`. */
  readonly userVersion: number;
}

/**
 * Reads whose database a file is, and the schema version it has; undefined when it is none of OpenClaw's own.
 *
 * @param databasePath - A copy that nobody else writes.
 * @throws BackupError when it cannot be opened or read.
 */
export function requiredSchema(databasePath: Path): RequiredSchema | undefined {
  const tables = queryDatabase(
    databasePath,
    "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'schema_meta'",
  );
  if (Number(tables[0]?.n) !== 1) return undefined;
  const [meta] = queryDatabase(
    databasePath,
    "SELECT role FROM schema_meta WHERE meta_key = 'primary'",
  );
  const role = meta?.role;
  if (role !== "global" && role !== "agent") return undefined;
  const [version] = queryDatabase(databasePath, "PRAGMA user_version");
  return { role, userVersion: Number(version?.user_version) };
}
