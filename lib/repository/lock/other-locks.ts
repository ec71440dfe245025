import { type BackupError, isBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { StoredFileInfo } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import { isInMotion, isLockedBy, isUnreadable } from "./conflict.ts";
import { decodeLockFile, type LockFile } from "./lock-file.ts";
import { isSilent, isStale } from "./stale.ts";
import type { LockContext } from "./types.ts";

/** A lock that cannot be read is looked at again after these waits, as restic does: a storage may show a file before its bytes. */
const UNREADABLE_WAITS_MS: readonly number[] = [5_000, 10_000, 20_000];
/** How often a listing is read anew because a lock in it was gone when it was to be read. */
const MAX_RELISTS = 20;

/** What one look at the listed locks found. */
interface Look {
  /** A lock was gone: its holder has ended, or has replaced it by one that the listing did not show yet. */
  gone?: BackupError | undefined;
  /** A lock could not be read. */
  unreadable?: BackupError | undefined;
}

/**
 * Makes sure that nobody else holds a lock that `wanted` cannot stand beside. Dead locks are removed on the way.
 *
 * A holder refreshes by writing a new lock before it deletes the old, so a listing always shows at least one of them; only when all that
 * was listed could be read does it count.
 *
 * @param wanted - `ownId`: the lock file that is already written for it.
 * @throws BackupError `repository-locked`; what the storage throws
 */
export async function assertNoConflict(
  context: LockContext,
  wanted: { readonly exclusive: boolean; readonly ownId?: Id | undefined },
  options: CallOptions = {},
): Promise<void> {
  /** Locks that were read once, and do not change. */
  const harmless = new Set<Id>(wanted.ownId === undefined ? [] : [wanted.ownId]);
  const waits = [...UNREADABLE_WAITS_MS];
  let last: Look = {};
  for (let look = 0; look < MAX_RELISTS; look += 1) {
    last = await lookAtLocks(context, wanted.exclusive, harmless, options);
    if (last.gone === undefined && last.unreadable === undefined) return;
    if (last.unreadable === undefined) continue;
    const waitMs = waits.shift();
    if (waitMs === undefined) throw isUnreadable(last.unreadable);
    await context.clock.sleep(waitMs, options.signal);
  }
  throw isInMotion(last.gone);
}

async function lookAtLocks(
  context: LockContext,
  exclusive: boolean,
  harmless: Set<Id>,
  options: CallOptions,
): Promise<Look> {
  const look: Look = {};
  for await (const info of context.storedFiles.list("lock", options)) {
    // An upload that was killed leaves an empty file on storages that are not atomic; restic passes over it too.
    if (harmless.has(info.id) || info.sizeBytes === 0) continue;
    const lock = await readLock(context, info, look, options);
    if (lock === undefined) continue;
    if (isStale(lock, context.holder, context.clock.now())) {
      await context.storedFiles.delete("lock", info.id, options);
    } else if (exclusive || lock.exclusive) {
      throw isLockedBy(info.id, lock, context.clock.now());
    } else {
      harmless.add(info.id);
    }
  }
  return look;
}

/** Reads a listed lock; undefined when that was not possible, which is noted in `look`, or when it was dead and is removed. */
async function readLock(
  { storedFiles, clock }: LockContext,
  { id, modifiedAt }: StoredFileInfo,
  look: Look,
  options: CallOptions,
): Promise<LockFile | undefined> {
  try {
    return decodeLockFile(await storedFiles.load("lock", id, options));
  } catch (error) {
    if (isBackupError(error, "data-missing")) look.gone = error;
    else if (!isBackupError(error) || !isDamage(error)) throw error;
    else if (isSilent(modifiedAt, clock.now())) await storedFiles.delete("lock", id, options);
    else look.unreadable = error;
    return undefined;
  }
}

function isDamage(error: BackupError): boolean {
  return error.category === "integrity" || error.code === "limit-exceeded";
}
