import { randomBytes } from "node:crypto";
import { closeSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsyncDirectory } from "./flush.ts";
import { fsPath, joinPath } from "./path.ts";
import type { Path } from "./types.ts";

export interface PublishOptions {
  /** Permission bits, whatever the umask. @default 0o600 */
  readonly mode?: number | undefined;
  /** Whether a file that exists is replaced; otherwise it is refused. @default false */
  readonly replace?: boolean | undefined;
}

/** A file being written under a temporary name beside its final one; disposing it before `publish` leaves nothing behind. */
export interface FileSink extends AsyncDisposable {
  /** The final path. */
  readonly path: Path;
  /** Appends; wait for it before the next one. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Flushes the file, gives it its name, flushes the directory. Once only.
   * @throws BackupError `target-not-empty` when a file of that name exists and may not be replaced.
   */
  publish(): Promise<void>;
}

/**
 * Opens a file to be written in pieces and published at the end: it appears under `path` whole, or not at all.
 * @throws BackupError `no-space`, `path-not-found`, `home-unusable`
 */
export async function createFileSink(path: Path, options: PublishOptions = {}): Promise<FileSink> {
  const temporary = joinPath(dirname(path), `.clawback-${randomBytes(8).toString("hex")}.tmp`);
  try {
    const handle = await open(fsPath(temporary), "wx", 0o600);
    return new TemporaryFile(path, { temporary, handle, ...options });
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Publishes a whole file: it appears under `path` with all its bytes on disk, or not at all.
 * @throws BackupError `target-not-empty`, `no-space`, `path-not-found`, `home-unusable`
 */
export async function publishFile(
  path: Path,
  body: Uint8Array | string | AsyncIterable<Uint8Array>,
  options: PublishOptions = {},
): Promise<void> {
  await using sink = await createFileSink(path, options);
  if (typeof body === "string") await sink.write(Buffer.from(body, "utf8"));
  else if (body instanceof Uint8Array) await sink.write(body);
  else for await (const chunk of body) await sink.write(chunk);
  await sink.publish();
}

interface OpenTemporary extends PublishOptions {
  readonly temporary: Path;
  readonly handle: FileHandle;
}

class TemporaryFile implements FileSink {
  readonly path: Path;
  readonly #open: OpenTemporary;
  #isDone = false;

  constructor(path: Path, open: OpenTemporary) {
    this.path = path;
    this.#open = open;
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < chunk.length; ) {
        const rest = chunk.subarray(written);
        written += (await this.#open.handle.write(rest)).bytesWritten;
      }
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  async publish(): Promise<void> {
    const { handle, temporary, mode = 0o600, replace = false } = this.#open;
    try {
      await handle.chmod(mode);
      await handle.sync();
      await handle.close();
      if (replace) renameSync(fsPath(temporary), fsPath(this.path));
      else linkIntoPlace(temporary, this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    }
    this.#isDone = true;
    fsyncDirectory(dirname(this.path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await this.#open.handle.close().catch(() => undefined);
    rmSync(fsPath(this.#open.temporary), { force: true });
  }
}

/** Unlike a rename, a link never replaces what is there. */
function linkIntoPlace(temporary: Path, path: Path): void {
  try {
    linkSync(fsPath(temporary), fsPath(path));
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    claimAndRename(temporary, path);
    return;
  }
  rmSync(fsPath(temporary), { force: true });
}

/** Where the filesystem has no hard links: an empty file claims the name, which a crash in between would leave. */
function claimAndRename(temporary: Path, path: Path): void {
  closeSync(openSync(fsPath(path), "wx", 0o600));
  try {
    renameSync(fsPath(temporary), fsPath(path));
  } catch (error) {
    rmSync(fsPath(path), { force: true });
    throw error;
  }
}
