import { BackupError, MINUTE_MS, SECOND_MS } from "../../base/index.ts";
import { asWarning, type OwnLockFile } from "./own-lock-file.ts";
import { STALE_AFTER_MS } from "./stale.ts";
import { SETTLE_MS } from "./timing.ts";
import type { LockContext, LockOptions, RepositoryLock } from "./types.ts";

const REFRESH_EVERY_MS: number = 5 * MINUTE_MS;
/** Some way before others take the lock for dead, because clocks differ. */
const LATE_AFTER_MS: number = STALE_AFTER_MS - 1.5 * REFRESH_EVERY_MS;
const RETRY_AFTER_MS: number = MINUTE_MS;
/** A refresh that hangs is given up: two of them still end before the lock is dead. */
const ATTEMPT_LIMIT_MS: number = 2 * MINUTE_MS;

interface Attempt {
  readonly startedAtMs: number;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/**
 * Keeps a lock alive. Its age is looked at every second by the wall clock, because timers stand still while a machine sleeps; the timer
 * does not keep the program running.
 */
export class HeldLock implements RepositoryLock {
  readonly exclusive: boolean;
  readonly #context: LockContext;
  readonly #file: OwnLockFile;
  readonly #lost = new AbortController();
  readonly #onWarning: (warning: BackupError) => void;
  readonly #timer: NodeJS.Timeout;
  #refreshedAtMs: number;
  #triedAtMs: number;
  #attempt: Attempt | undefined;
  #isReleased = false;

  /** @param since - What the lock file says. */
  constructor(context: LockContext, file: OwnLockFile, since: Date, options: LockOptions) {
    this.exclusive = options.exclusive ?? false;
    this.#context = context;
    this.#file = file;
    this.#onWarning = options.onWarning ?? (() => undefined);
    this.#refreshedAtMs = since.getTime();
    this.#triedAtMs = Number.NEGATIVE_INFINITY;
    this.#timer = setInterval(() => this.#look(), options.pollMs ?? SECOND_MS).unref();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#isReleased = true;
    this.#attempt?.control.abort(new BackupError("cancelled", "lock is released"));
    await this.#attempt?.done;
    try {
      await this.#file.removeAll();
    } catch (error) {
      this.#onWarning(asWarning("lock could not be removed and ends by itself", error));
    }
  }

  #look(): void {
    const nowMs = this.#context.clock.now().getTime();
    const ageMs = nowMs - this.#refreshedAtMs;
    if (this.#attempt !== undefined) {
      if (nowMs - this.#attempt.startedAtMs > ATTEMPT_LIMIT_MS) {
        this.#attempt.control.abort(new BackupError("storage-timeout", "refresh took too long"));
      }
      return;
    }
    const isLate = ageMs >= LATE_AFTER_MS;
    // A clock that was set back makes the lock one of the future; refreshed, it says the time again.
    const isDue = ageMs >= REFRESH_EVERY_MS || ageMs < 0;
    const isPaused = nowMs >= this.#triedAtMs && nowMs - this.#triedAtMs < RETRY_AFTER_MS;
    if (isLate || (isDue && !isPaused)) this.#start(nowMs, isLate);
  }

  #start(nowMs: number, isLate: boolean): void {
    const control = new AbortController();
    const done = this.#refresh(isLate, control.signal)
      .catch((error: unknown) => this.#failed(error, isLate))
      .finally(() => {
        this.#attempt = undefined;
      });
    this.#triedAtMs = nowMs;
    this.#attempt = { startedAtMs: nowMs, control, done };
  }

  /** Writes a new lock file, then deletes the old one, so that one is there at any time. */
  async #refresh(isLate: boolean, signal: AbortSignal): Promise<void> {
    const oldId = this.#file.id;
    if (!(await this.#file.exists(oldId, { signal }))) return this.#lose("was removed by others");
    const time = await this.#file.write({ signal });
    if (isLate) {
      // Others may be removing it as dead at this moment.
      await this.#context.clock.sleep(SETTLE_MS, signal);
      if (!(await this.#file.exists(oldId, { signal }))) return this.#lose("was removed as dead");
    }
    this.#refreshedAtMs = time.getTime();
    try {
      await this.#file.removeOld({ signal });
    } catch (error) {
      // The next refresh removes it, or the release.
      this.#onWarning(asWarning("older lock file could not be removed yet", error));
    }
  }

  #failed(error: unknown, isLate: boolean): void {
    if (this.#isReleased) return;
    if (isLate) this.#lose("could not be refreshed in time", error);
    else this.#onWarning(asWarning("lock could not be refreshed yet", error));
  }

  #lose(why: string, cause?: unknown): void {
    clearInterval(this.#timer);
    const message = `lock on the repository ${why}`;
    const hint = "run the command again; nothing that was finished is lost";
    this.#lost.abort(new BackupError("repository-locked", message, { hint, cause }));
  }
}
