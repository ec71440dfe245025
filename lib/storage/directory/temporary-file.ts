import { type FileHandle, link, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "../../base/index.ts";
import { translateSystemError } from "./errors.ts";
import { isThere, makeParents, removeEmptyFolders, syncFolder } from "./folders.ts";
import { assertUnlinked, createTemporaryName } from "./paths.ts";

/** What `link` answers on filesystems without hard links: FAT, exFAT, many network shares. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/**
 * An object being written, beside its final place under a name that listings leave out. It becomes visible by `publish`, whole
 * and flushed; disposing it before that removes it.
 */
export class TemporaryFile implements AsyncDisposable {
  readonly #root: string;
  readonly #finalPath: string;
  readonly #path: string;
  #handle: FileHandle | undefined;
  #isPublished = false;

  private constructor(
    root: string,
    paths: { final: string; temporary: string },
    handle: FileHandle,
  ) {
    this.#root = root;
    this.#finalPath = paths.final;
    this.#path = paths.temporary;
    this.#handle = handle;
  }

  /** Makes the parents of `finalPath` (0700) and the file (0600). */
  static async create(root: string, finalPath: string): Promise<TemporaryFile> {
    const temporary = join(dirname(finalPath), createTemporaryName());
    try {
      await assertUnlinked(root, finalPath);
      const handle = await openNew(root, temporary);
      return new TemporaryFile(root, { final: finalPath, temporary }, handle);
    } catch (error) {
      throw translateSystemError(error, { root, path: finalPath, action: "write" });
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < chunk.byteLength; ) {
        const { bytesWritten } = await this.#open().write(chunk, done);
        done += bytesWritten;
      }
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /**
   * Flushes the file and gives it its name.
   * @returns False when `ifAbsent` is set and the name is taken; nothing has changed then.
   */
  async publish(ifAbsent: boolean): Promise<boolean> {
    try {
      await this.#open().sync();
      await this.#close();
      const isPublished = ifAbsent ? await this.#linkIntoPlace() : await this.#moveIntoPlace();
      this.#isPublished = isPublished;
      if (isPublished) await syncFolder(dirname(this.#finalPath));
      return isPublished;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await unlink(this.#path).catch(() => undefined);
    if (!this.#isPublished) await removeEmptyFolders(this.#root, dirname(this.#path));
  }

  async #moveIntoPlace(): Promise<true> {
    await rename(this.#path, this.#finalPath);
    return true;
  }

  async #linkIntoPlace(): Promise<boolean> {
    try {
      await link(this.#path, this.#finalPath);
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === "EEXIST") return false;
      if (!NO_LINKS.has(code)) throw error;
      return (await isThere(this.#finalPath)) ? false : await this.#moveIntoPlace();
    }
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #open(): FileHandle {
    if (this.#handle === undefined) throw new Error("the temporary file is closed already");
    return this.#handle;
  }

  #translate(error: unknown): Error {
    return translateSystemError(error, {
      root: this.#root,
      path: this.#finalPath,
      action: "write",
    });
  }
}

/** Whether hard links work in a directory, that is, whether `ifAbsent` holds against two writers at once. */
export async function canLink(root: string): Promise<boolean> {
  const [from, to] = [join(root, createTemporaryName()), join(root, createTemporaryName())];
  try {
    await (await open(from, "wx", 0o600)).close();
    await link(from, to);
    return true;
  } catch (error) {
    return !NO_LINKS.has(systemCode(error));
  } finally {
    await unlink(from).catch(() => undefined);
    await unlink(to).catch(() => undefined);
  }
}

async function openNew(root: string, path: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makeParents(root, dirname(path));
      return await open(path, "wx", 0o600);
    } catch (error) {
      // Deletions at the same time remove parents that they leave empty.
      if (systemCode(error) !== "ENOENT" || attempt === 20) throw error;
    }
  }
}
