import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BackupError, quote, systemCode } from "../../base/index.ts";
import { assertKey } from "../keys.ts";

const TEMPORARY = /^\.clawback-[0-9a-f]{16}\.upload$/;

/** A name for a file that is being written; listings leave such names out. */
export function createTemporaryName(): string {
  return `.clawback-${randomBytes(8).toString("hex")}.upload`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * The path of an object: its key below `root`, part for part, so that people and other programs find what they expect.
 * @throws BackupError `invalid-argument`
 */
export function pathOf(root: string, key: string): string {
  assertKey(key);
  const parts = key.split("/");
  if (parts.some(isTemporaryName)) {
    throw new BackupError(
      "invalid-argument",
      `object key ${quote(key)} has the form of an unfinished upload`,
      { details: { key } },
    );
  }
  return join(root, ...parts);
}

/**
 * Refuses a path that a symbolic link below `root` leads elsewhere. Parents that do not exist yet are fine.
 * @param root - As `realpath` gives it.
 * @throws BackupError `path-outside-target`
 */
export async function assertUnlinked(root: string, path: string): Promise<void> {
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    const real = await realpathIfThere(folder);
    if (real === undefined) continue;
    if (real === folder) return;
    throw new BackupError(
      "path-outside-target",
      `storage directory ${quote(root)} has a symbolic link at or above ${quote(folder)}`,
      {
        details: { location: root, path: folder },
        hint: "replace the link by the directory, or make that directory the storage",
      },
    );
  }
}

async function realpathIfThere(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}
