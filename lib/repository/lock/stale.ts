import { MINUTE_MS } from "../../base/index.ts";
import type { LockFile } from "./lock-file.ts";
import type { LockHolder } from "./types.ts";

/** A holder refreshes every five minutes; one that was silent for this long is dead, or has stopped writing. */
export const STALE_AFTER_MS: number = 30 * MINUTE_MS;

/**
 * Whether a lock's holder is dead, so that anybody may remove the lock. Of another host's process only its silence tells; a process of
 * this host is looked for. A clock ahead by half an hour would make all locks look stale; S3 refuses requests from such a machine.
 * @see restic internal/repository/lock_file.go, `stale`
 */
export function isStale(lock: LockFile, holder: LockHolder, now: Date): boolean {
  if (isSilent(lock.time, now)) return true;
  if (lock.hostname === "" || lock.hostname !== holder.hostname || lock.pid <= 0) return false;
  return !holder.isProcessRunning(lock.pid, lock.time);
}

/** Whether a lock file from that time would have been replaced by a living holder. */
export function isSilent(time: Date, now: Date): boolean {
  return now.getTime() - time.getTime() > STALE_AFTER_MS;
}
