/**
 * Storage in a plain directory: a disk, a mounted share.
 *
 * A key is a path below the directory, so that restic, `ls` and people find repositories and archives where they expect them.
 * A file is written under a temporary name beside its final one, flushed, and then linked (`ifAbsent`) or renamed into place, and
 * its directory is flushed: it is there whole or not at all, also after a power cut. Files are 0600, directories 0700. Nothing
 * outside the directory is read or written: symbolic links below it are not followed.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { BackupError, quote, systemCode } from "../../base/index.ts";
import type { ObjectStorage } from "../contract.ts";
import { directoryMissing, translateSystemError } from "./errors.ts";
import { makeFolders } from "./folders.ts";
import { DirectoryStorage } from "./storage.ts";

export interface DirectoryStorageOptions {
  /** Absolute. */
  readonly path: string;
  /** Makes the directory (0700) when it is missing, instead of failing with `storage-not-found`. @default false */
  readonly create?: boolean | undefined;
}

/**
 * Opens a directory as storage.
 * @throws BackupError `storage-not-found`, `storage-access-denied`; `invalid-argument` for a relative path
 */
export async function openDirectoryStorage(
  options: DirectoryStorageOptions,
): Promise<ObjectStorage> {
  const { path, create = false } = options;
  if (!isAbsolute(path)) {
    throw new BackupError("invalid-argument", `storage directory ${quote(path)} is not absolute`, {
      hint: "give the path from the root",
    });
  }
  try {
    if (create) await makeFolders(path);
    const storage = new DirectoryStorage(await realpath(path), path);
    // Refuses a file and a directory that may not be read, before anything is made.
    await storage.list("").next();
    return storage;
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw directoryMissing(path, error);
    throw translateSystemError(error, { root: path, path, action: "read" });
  }
}
