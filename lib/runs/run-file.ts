import { BackupError, isBackupError, quote, SECOND_MS } from "../base/index.ts";
import { movePath, pathExists, publishFile } from "../filesystem/index.ts";
import { queryDatabase, type Statement, updateDatabase } from "../sqlite/index.ts";

/** What `PRAGMA user_version` says of a file that this program writes. */
const VERSION = 1;
/** Others write one row; who holds it longer is stuck, and no backup waits for that. */
const WAIT_MS: number = 2 * SECOND_MS;

const SCHEMA: readonly Statement[] = [
  {
    sql: `CREATE TABLE IF NOT EXISTS runs (
      id TEXT PRIMARY KEY, job TEXT NOT NULL, trigger TEXT NOT NULL, instance TEXT NOT NULL,
      started_at TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
      ended_at TEXT, duration_ms INTEGER, result TEXT, exit_code INTEGER, report TEXT) STRICT`,
  },
  { sql: "CREATE INDEX IF NOT EXISTS runs_job ON runs (job, started_at)" },
];

/** Changes the file, which is made when it is not there. @throws BackupError */
export async function changeRunFile(path: string, statements: readonly Statement[]): Promise<void> {
  // SQLite would make it readable for everybody.
  if (!pathExists(path)) await publishFile(path, "", { mode: 0o600 }).catch(ignoreTwin);
  recoverRunFile(path);
  assertKnownVersion(path);
  const version = { sql: `PRAGMA user_version=${VERSION}` };
  updateDatabase(path, [...SCHEMA, ...statements, version], { waitMs: WAIT_MS });
}

/** Takes back what a process that was killed in the middle had begun: SQLite does so when it may write. */
export function recoverRunFile(path: string): void {
  updateDatabase(path, [], { waitMs: WAIT_MS });
}

/** Another process was faster. */
function ignoreTwin(error: unknown): void {
  if (!isBackupError(error, "target-not-empty")) throw error;
}

/** @throws BackupError `version-too-new` for a file of a later program; what reading throws */
export function assertKnownVersion(path: string): void {
  const [row] = queryDatabase(path, "PRAGMA user_version");
  const version = Number(row?.user_version ?? 0);
  if (version <= VERSION) return;
  throw new BackupError(
    "version-too-new",
    `run file ${quote(path)} has version ${version}, this program knows ${VERSION}`,
    { hint: "update clawback; until then runs are not recorded" },
  );
}

/**
 * Moves a file that cannot be used out of the way, with the journal that belongs to it.
 * @returns Its new name.
 */
export function moveRunFileAside(path: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const aside = `${path}.damaged-${stamp}`;
  for (const suffix of ["", "-journal", "-wal", "-shm"]) {
    if (pathExists(`${path}${suffix}`)) movePath(`${path}${suffix}`, `${aside}${suffix}`);
  }
  return aside;
}

/** Whether the file itself is at fault, and not a moment's lock or a full disk. */
export function isUnusable(error: unknown): boolean {
  if (!isBackupError(error, "source-unreadable")) return false;
  return error.details.reason === "damaged" || error.details.reason === "unreadable";
}
