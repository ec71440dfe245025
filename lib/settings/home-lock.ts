import { isBackupError, SECOND_MS, systemClock } from "../base/index.ts";
import { lockFile } from "../filesystem/index.ts";

/** A change of a home's file takes milliseconds; who still holds the lock after this long is stuck. */
const PATIENCE_MS: number = 10 * SECOND_MS;

/**
 * Takes a lock of the home, waiting for other commands that change the same file.
 * @throws BackupError `job-running` when the holder does not let go; `home-unusable`
 */
export async function lockHomeFile(path: string): Promise<AsyncDisposable> {
  const deadline = systemClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await lockFile(path);
    } catch (error) {
      if (!isBackupError(error, "job-running") || systemClock.monotonicMs() > deadline) throw error;
    }
  }
}
