import { assertNotCancelled, isBackupError } from "../../base/index.ts";
import { HeldLock } from "./held-lock.ts";
import { assertNoConflict } from "./other-locks.ts";
import { asWarning, OwnLockFile } from "./own-lock-file.ts";
import { SETTLE_MS, waitBeforeRetry } from "./timing.ts";
import type { LockContext, LockOptions, RepositoryLock } from "./types.ts";

/**
 * Takes a lock on a repository, waiting for others as long as `retryForMs` says.
 * @throws BackupError `repository-locked` with who holds it; `cancelled`; what the storage throws
 */
export async function acquireLock(
  context: LockContext,
  options: LockOptions = {},
): Promise<RepositoryLock> {
  const { clock } = context;
  const deadlineMs = clock.monotonicMs() + (options.retryForMs ?? 0);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryLock(context, options);
    } catch (error) {
      const leftMs = deadlineMs - clock.monotonicMs();
      if (!isBackupError(error, "repository-locked") || leftMs <= 0) throw error;
      if (attempt === 1) options.onWait?.(error);
      await clock.sleep(waitBeforeRetry(attempt, leftMs), options.signal);
    }
  }
}

/**
 * Takes a lock or fails at once, by restic's protocol: look for others, write, wait, look again. Of two clients that write at the same
 * moment, each sees the other in its second look; both withdraw then.
 */
async function tryLock(context: LockContext, options: LockOptions): Promise<RepositoryLock> {
  const { signal, exclusive = false } = options;
  assertNotCancelled(signal);
  await assertNoConflict(context, { exclusive }, { signal });
  const file = new OwnLockFile(context, exclusive);
  try {
    const since = await file.write({ signal });
    await context.clock.sleep(SETTLE_MS, signal);
    await assertNoConflict(context, { exclusive, ownId: file.id }, { signal });
    return new HeldLock(context, file, since, options);
  } catch (error) {
    await withdraw(file, options);
    throw error;
  }
}

/** Without the caller's signal: a lock that is left behind holds others up for half an hour. */
async function withdraw(file: OwnLockFile, { onWarning }: LockOptions): Promise<void> {
  try {
    await file.removeAll();
  } catch (error) {
    onWarning?.(asWarning("lock could not be withdrawn and ends by itself", error));
  }
}
