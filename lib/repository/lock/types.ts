import type { BackupError, Clock } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { StoredFiles } from "../stored-file/index.ts";
import type { LockFile } from "./lock-file.ts";

/** Who takes locks: what a lock file says of its holder, and how others on this host are seen. */
export interface LockHolder
  extends Pick<LockFile, "hostname" | "username" | "pid" | "uid" | "gid"> {
  /**
   * Whether the process that had this pid **at that time** still runs on this host. Where it cannot be told from a later one with the
   * same pid, whether any process has it. A process that cannot be seen (another container) counts as running.
   */
  isProcessRunning(pid: number, at: Date): boolean;
}

/** What locks are made of; the same for all locks of an open repository. */
export interface LockContext {
  readonly storedFiles: StoredFiles;
  readonly holder: LockHolder;
  readonly clock: Clock;
}

export interface LockOptions extends CallOptions {
  /** @default false */
  readonly exclusive?: boolean | undefined;
  /** How long to wait for others, in milliseconds. @default 0: fail at once */
  readonly retryForMs?: number | undefined;
  /** Called once when others hold the repository and waiting begins, with what says who. */
  readonly onWait?: ((conflict: BackupError) => void) | undefined;
  /** Called for what went wrong without an end to the lock: a refresh to be tried again, a lock file that could not be removed. */
  readonly onWarning?: ((warning: BackupError) => void) | undefined;
  /** How often the age of the lock is looked at. @default 1000 */
  readonly pollMs?: number | undefined;
}

/**
 * A lock that is held, refreshed by itself, and removed when it is disposed of: `await using lock = await repository.lock()`. While it is
 * held, SIGHUP does not end this process, because restic sends it to ask whether the holder lives.
 */
export interface RepositoryLock extends AsyncDisposable {
  readonly exclusive: boolean;
  /**
   * Aborted with `repository-locked` when the lock was removed by others or could not be refreshed in time, so that others may take
   * it for dead: **the holder must stop writing at once**.
   */
  readonly signal: AbortSignal;
}
