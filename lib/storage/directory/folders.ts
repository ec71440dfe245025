import { constants } from "node:fs";
import { mkdir, open, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../../base/index.ts";
import { directoryMissing } from "./errors.ts";

/** Makes a folder below a storage's directory with its parents (0700), so that their names last. */
export async function makeParents(root: string, folder: string): Promise<void> {
  if (!(await isThere(root))) throw directoryMissing(root);
  for (const made of await makeFolders(folder)) await syncFolder(dirname(made));
}

/**
 * Makes a folder and the parents it lacks (0700). Not with Node's own recursion, which answers ENOENT on a read-only filesystem.
 * @returns What was made, innermost first.
 */
export async function makeFolders(folder: string): Promise<string[]> {
  try {
    return (await makeFolder(folder)) ? [folder] : [];
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    const parents = await makeFolders(dirname(folder));
    return (await makeFolder(folder)) ? [folder, ...parents] : parents;
  }
}

/** @returns False when it was there. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST" && (await stat(folder)).isDirectory()) return false;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Makes names in a directory last. Network filesystems that have no such call answer EINVAL or the like; they are left alone. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/** Folders exist by what they hold, as in S3; best effort, because listings do not show empty ones. */
export async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let empty = folder; empty.length > root.length; empty = dirname(empty)) {
    try {
      await rmdir(empty);
    } catch {
      return;
    }
  }
}
