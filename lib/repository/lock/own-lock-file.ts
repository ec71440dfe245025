import { BackupError, isBackupError, toBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { Id } from "../types.ts";
import { ignoreHangUps } from "./hang-ups.ts";
import { encodeLockFile } from "./lock-file.ts";
import type { LockContext } from "./types.ts";

/** The lock files of one lock: one, and for a moment two while it is refreshed. None of them is forgotten, whatever fails. */
export class OwnLockFile {
  readonly #context: LockContext;
  readonly #exclusive: boolean;
  /** All that may exist, the valid one last. */
  #ids: Id[] = [];
  #endIgnoring: (() => void) | undefined;

  constructor(context: LockContext, exclusive: boolean) {
    this.#context = context;
    this.#exclusive = exclusive;
  }

  /** The one that counts. */
  get id(): Id | undefined {
    return this.#ids.at(-1);
  }

  /**
   * Writes a lock file of this moment. One that was written before stays until {@link OwnLockFile.removeOld}.
   * @returns the time it says
   */
  async write(options: CallOptions = {}): Promise<Date> {
    const { clock, holder, storedFiles } = this.#context;
    const { hostname, username, pid, uid, gid } = holder;
    const time = clock.now();
    const owner = { hostname, username, pid, uid, gid };
    const json = encodeLockFile({ time, exclusive: this.#exclusive, ...owner });
    const file = storedFiles.seal("lock", json);
    this.#endIgnoring ??= ignoreHangUps();
    // Noted first: a put whose answer is lost has left a file too.
    this.#ids.push(file.id);
    try {
      await storedFiles.put(file, options);
    } catch (error) {
      this.#ids = [file.id, ...this.#ids.slice(0, -1)];
      throw error;
    }
    return time;
  }

  /** Whether the storage still shows it. One that is empty holds nobody up: it counts as none. */
  async exists(id: Id | undefined, options: CallOptions = {}): Promise<boolean> {
    for await (const info of this.#context.storedFiles.list("lock", options)) {
      if (info.id === id) return info.sizeBytes > 0;
    }
    return false;
  }

  /** Removes all but the last written one. */
  async removeOld(options: CallOptions = {}): Promise<void> {
    while (this.#ids.length > 1) await this.#removeFirst(options);
  }

  /** Removes them all. */
  async removeAll(options: CallOptions = {}): Promise<void> {
    while (this.#ids.length > 0) await this.#removeFirst(options);
    this.#endIgnoring?.();
  }

  async #removeFirst(options: CallOptions): Promise<void> {
    const [id = ""] = this.#ids;
    await this.#context.storedFiles.delete("lock", id, options);
    this.#ids.shift();
  }
}

/** A failure that the lock survives, for a log. */
export function asWarning(what: string, error: unknown): BackupError {
  const cause = isBackupError(error) ? error : toBackupError(error);
  return new BackupError(cause.code, `${what}: ${cause.message}`, { cause });
}
