import { dirname, join } from "node:path";
import { HOUR_MS, isBackupError, SECOND_MS, systemClock } from "../base/index.ts";
import { listDirectory, lockFile, removeTree, statPath } from "../filesystem/index.ts";

/** A change of a home's file takes milliseconds; who still holds the lock after this long is stuck. */
const PATIENCE_MS: number = 10 * SECOND_MS;

/** What a published file is called until it is whole. One this old is nobody's any more. */
const TEMPORARY = /^\.clawback-[0-9a-f]{16}\.tmp$/;
const ABANDONED_MS: number = HOUR_MS;

/**
 * Takes a lock of the home, waiting for other commands that change the same file, and removes what killed ones left there.
 * @throws BackupError `job-running` when the holder does not let go; `home-unusable`
 */
export async function lockHomeFile(path: string): Promise<AsyncDisposable> {
  const deadline = systemClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      const lock = await lockFile(path);
      sweepTemporaries(dirname(path));
      return lock;
    } catch (error) {
      if (!isBackupError(error, "job-running") || systemClock.monotonicMs() > deadline) throw error;
    }
  }
}

/** Best effort: a leftover does no harm, and must not keep anybody from saving. */
function sweepTemporaries(home: string): void {
  const limit = systemClock.now().getTime() - ABANDONED_MS;
  try {
    for (const name of listDirectory(home) ?? []) {
      if (!TEMPORARY.test(name)) continue;
      const stat = statPath(join(home, name));
      const isOld = stat?.type === "file" && Number(stat.mtimeNs / 1_000_000n) <= limit;
      if (isOld) removeTree(join(home, name));
    }
  } catch (error) {
    if (!isBackupError(error)) throw error;
  }
}
