import { assertNotCancelled, MIB, SECOND_MS, systemClock } from "../base/index.ts";
import { type Path, pathExists, statPath } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { databaseError, isBusy } from "./problems.ts";

/** How long SQLite itself waits for a lock, with the event loop standing still; longer waits are our own. */
const BLOCKING_WAIT_MS = 20;
const RETRY_MS = 15;

export interface LockWait {
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A read transaction on a live database, which sees one state until it is disposed. */
export class Snapshot extends Connection {
  readonly pageSize: number;
  readonly pageCount: number;

  /** @throws the error of `node:sqlite` when the transaction cannot start now */
  constructor(path: Path) {
    super(path, { readOnly: true, timeout: BLOCKING_WAIT_MS });
    try {
      this.database.exec("BEGIN");
      // The first read takes the snapshot; BEGIN alone does not.
      this.value("SELECT count(*) FROM sqlite_schema");
      this.pageSize = this.count("PRAGMA page_size");
      this.pageCount = this.count("PRAGMA page_count");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }
}

/**
 * Opens a live database **read-only** and starts a transaction; while another program holds it exclusively, tries again until the limit.
 *
 * Read-only matters: closing the last writable connection would write the log into the database and delete it.
 * @throws BackupError `source-unreadable` with reason `locked`; `cancelled`; else the error of `node:sqlite`
 */
export async function openSnapshot(path: Path, wait: LockWait): Promise<Snapshot> {
  const limitMs = wait.lockTimeoutMs ?? defaultLockTimeoutMs(path);
  const start = systemClock.monotonicMs();
  for (;;) {
    assertNotCancelled(wait.signal);
    try {
      return new Snapshot(path);
    } catch (error) {
      if (!isBusy(error)) throw error;
      const waitedMs = systemClock.monotonicMs() - start;
      if (waitedMs >= limitMs) {
        const detail = `waited ${(waitedMs / SECOND_MS).toFixed(1)} s`;
        throw databaseError(path, "locked", { cause: error, detail });
      }
    }
    await systemClock.sleep(RETRY_MS);
  }
}

/**
 * In write-ahead mode readers and writers do not wait for each other, and only rare maintenance holds a database exclusively for
 * long. In rollback mode every writer does, and waits for us in turn, so we neither wait nor hold on for long.
 */
function defaultLockTimeoutMs(path: Path): number {
  if (!pathExists(`${path}-wal`)) return 5 * SECOND_MS;
  const sizeBytes = statPath(path)?.sizeBytes ?? 0;
  return 10 * SECOND_MS + Math.ceil(sizeBytes / (100 * MIB)) * SECOND_MS;
}
