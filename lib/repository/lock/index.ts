/**
 * Locks, by restic's protocol: who uses a repository announces it with a file below `locks/`. Any number of shared locks stand
 * together, an exclusive one stands alone.
 *
 * Taking one is: look for others, write, wait 200 ms, look again and withdraw on conflict. A held lock is refreshed every five minutes
 * with a new file. A holder that cannot refresh stops itself, through `signal`, before others may take its lock for dead after 30 minutes.
 * Dead locks (silent for 30 minutes, or of a process of this host that is gone) are removed by whoever takes a lock next: a killed run
 * never stops the next one on its machine.
 *
 * Read first: `acquire.ts`, then `held-lock.ts`. The host's name and its processes are handed in (`LockHolder`).
 *
 * @module
 */
export { acquireLock } from "./acquire.ts";
export type { LockContext, LockHolder, LockOptions, RepositoryLock } from "./types.ts";
