import { BackupError, escapeText, formatDuration } from "../../base/index.ts";
import type { Id } from "../types.ts";
import type { LockFile } from "./lock-file.ts";
import { STALE_AFTER_MS } from "./stale.ts";

/** Another holder stands in the way. */
export function isLockedBy(id: Id, lock: LockFile, now: Date): BackupError {
  const { exclusive, hostname, username, pid, time } = lock;
  const ageMs = Math.max(0, now.getTime() - time.getTime());
  const how = exclusive ? "locked exclusively" : "in use";
  const who = `${escapeText(username)} on ${escapeText(hostname)} (pid ${pid})`;
  const leftMs = Math.max(0, time.getTime() + STALE_AFTER_MS - now.getTime());
  return new BackupError(
    "repository-locked",
    `repository is ${how} by ${who}, whose lock was made or refreshed ${formatDuration(ageMs)} ago`,
    {
      details: { id, exclusive, hostname, username, pid, time: time.toISOString(), ageMs },
      hint: `wait until it has ended; if it died, its lock ends by itself in ${formatDuration(leftMs)}`,
    },
  );
}

/** A lock file cannot be read: it may be that of a living holder. */
export function isUnreadable(error: BackupError): BackupError {
  return new BackupError("repository-locked", `repository has a lock that cannot be read`, {
    details: error.details,
    hint: "try again later: a lock that is not refreshed for 30 minutes is removed",
    cause: error,
  });
}

/** Lock files were replaced faster than they could be read. */
export function isInMotion(cause: BackupError | undefined): BackupError {
  return new BackupError("repository-locked", "repository has locks that come and go too fast", {
    hint: "try again",
    cause,
  });
}
