import { isUtf8 } from "node:buffer";
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../base/index.ts";
import type { ObjectInfo } from "../contract.ts";
import { compareKeys, isKey } from "../keys.ts";
import { isTemporaryName } from "./paths.ts";

/** A file below a storage's directory. */
export interface FoundFile {
  readonly key: string;
  readonly path: string;
  readonly isTemporary: boolean;
}

export interface WalkOptions {
  readonly prefix: string;
  readonly startAfter?: string | undefined;
}

/**
 * Finds regular files below `root` whose key starts with the prefix, in byte order of keys, one directory in memory at a time.
 * What vanishes meanwhile is left out; so are links, and names that are not UTF-8. Temporary files are found by their folder's key.
 */
export async function* walkFiles(root: string, options: WalkOptions): AsyncGenerator<FoundFile> {
  const { prefix } = options;
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  yield* walkFolder(root, folder, options);
}

async function* walkFolder(
  root: string,
  folder: string,
  options: WalkOptions,
): AsyncGenerator<FoundFile> {
  for (const name of await readNames(join(root, folder))) {
    const key = folder + name;
    if (name.endsWith("/")) {
      if (mayHold(key, options)) yield* walkFolder(root, key, options);
    } else if (isWanted(key, options)) {
      yield { key, path: join(root, key), isTemporary: isTemporaryName(name) };
    }
  }
}

/** Whether keys below a folder (given with its slash) can be wanted. */
function mayHold(folder: string, { prefix, startAfter }: WalkOptions): boolean {
  if (!isKey(folder.slice(0, -1))) return false;
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  if (startAfter === undefined || startAfter.startsWith(folder)) return true;
  return compareKeys(folder, startAfter) > 0;
}

function isWanted(key: string, { prefix, startAfter }: WalkOptions): boolean {
  if (!isKey(key) || !key.startsWith(prefix)) return false;
  return startAfter === undefined || compareKeys(key, startAfter) > 0;
}

/** Names in a directory in the order of the keys below them: a folder counts with its slash. */
async function readNames(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true, encoding: "buffer" });
    return entries
      .filter((entry) => isUtf8(entry.name) && (entry.isFile() || entry.isDirectory()))
      .map((entry) => entry.name.toString() + (entry.isDirectory() ? "/" : ""))
      .sort(compareKeys);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return [];
    throw error;
  }
}

/** Facts about the object at a path, undefined when no regular file is there. */
export async function infoOfPath(path: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() ? infoOfStats(stats, key) : undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

/** Every put makes a new file, so inode, size and time change with the content. */
export function infoOfStats(stats: BigIntStats, key: string): ObjectInfo {
  const etag = [stats.ino, stats.size, stats.mtimeNs].map((n) => n.toString(36)).join("-");
  return { key, sizeBytes: Number(stats.size), modifiedAt: stats.mtime, etag };
}
