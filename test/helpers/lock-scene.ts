import { expect } from "vitest";
import { type ErrorCode, isBackupError, systemClock } from "../../lib/base/index.ts";
import { createSealer, generateMasterKey } from "../../lib/repository/crypto/index.ts";
import {
  acquireLock,
  type LockHolder,
  type LockOptions,
  type RepositoryLock,
} from "../../lib/repository/lock/index.ts";
import { createStoredFiles, type StoredFiles } from "../../lib/repository/stored-file/index.ts";
import type { Sealer } from "../../lib/repository/types.ts";
import { MemoryStorage, type ObjectStorage } from "../../lib/storage/index.ts";
import { collect } from "./chunks.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { faultyStorage } from "./faulty-storage.ts";

export const MINUTE = 60_000;
export const sealer: Sealer = createSealer(generateMasterKey());
/** Matches a failure with one of these codes. */
export const has = (...codes: ErrorCode[]): unknown =>
  expect.toSatisfy((error) => isBackupError(error, ...codes));

/** A process that takes locks. */
export interface LockClient {
  readonly storedFiles: StoredFiles;
  lock(options?: LockOptions): Promise<RepositoryLock>;
  /** Its process is gone; what it held stays. */
  kill(): void;
}

export interface LockScene {
  readonly clock: FakeClock;
  readonly memory: MemoryStorage;
  client(hostname: string, pid: number, storage?: ObjectStorage): LockClient;
  /** The ids of the lock files there are. */
  locks(): Promise<string[]>;
}

/** A repository in memory, its clock, and clients of it on hosts of their own. */
export function scene(): LockScene {
  const clock = fakeClock();
  const memory = new MemoryStorage({ clock });
  const running = new Set<string>();
  const client = (hostname: string, pid: number, storage: ObjectStorage = memory): LockClient => {
    running.add(`${hostname} ${pid}`);
    const holder: LockHolder = {
      hostname,
      username: "claw",
      pid,
      uid: 1000,
      gid: 0,
      isProcessRunning: (other) => running.has(`${hostname} ${other}`),
    };
    const storedFiles = createStoredFiles({ storage, sealer, version: 2 });
    const context = { storedFiles, holder, clock };
    return {
      storedFiles,
      lock: (options: LockOptions = {}) => acquireLock(context, { pollMs: 2, ...options }),
      kill: () => void running.delete(`${hostname} ${pid}`),
    };
  };
  const locks = async () => (await collect(memory.list("locks/"))).map(({ key }) => key.slice(6));
  return { clock, memory, client, locks };
}

/** Delays every call by up to 20 ms, some before and some after it takes effect. */
export function slowly(inner: ObjectStorage): ObjectStorage {
  const pause = (): Promise<void> => systemClock.sleep(Math.random() * 10);
  const slow = faultyStorage(inner, []);
  slow.put = async (...call) => {
    await pause();
    const result = await inner.put(...call);
    await pause();
    return result;
  };
  slow.delete = async (...call) => {
    await pause();
    await inner.delete(...call);
  };
  return slow;
}

/** Lets the polling timers of held locks look at the clock. */
export const ticks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
