import { spawn } from "node:child_process";
import { closeSync, constants, fsyncSync, openSync } from "node:fs";
import { assertNotCancelled, systemCode } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { fsPath } from "./path.ts";
import type { Path } from "./types.ts";
import { walk } from "./walk.ts";

/**
 * Makes the names in a directory durable: what was created, renamed or removed in it survives a power cut.
 * Filesystems that cannot flush a directory are passed over; they have no better way.
 */
export function fsyncDirectory(path: Path): void {
  try {
    flushPath(path, constants.O_DIRECTORY);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EINVAL" || code === "ENOTSUP" || code === "ENOSYS") return;
    throw unwritable(path, error);
  }
}

/**
 * Makes everything below `root` durable, contents and names.
 *
 * Node has no `syncfs`, and a flush of every file took 6 s for 22,000 files where one of the filesystem takes 0.13 s. So this starts
 * `sync -f` of coreutils, and flushes file by file where that program is missing, cannot do it, or fails.
 */
export async function flushTree(root: Path, signal?: AbortSignal): Promise<void> {
  if (await flushFilesystem(root)) return;
  for (const { path, stat } of walk(root)) {
    assertNotCancelled(signal);
    if (stat.type === "dir") fsyncDirectory(path);
    else if (stat.type === "file") flushFile(path);
  }
}

function flushFile(path: Path): void {
  try {
    flushPath(path, constants.O_NONBLOCK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function flushPath(path: Path, flags: number): void {
  const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether `sync -f` did it. Only a string can be an argument, so a root with other bytes in its path goes the long way. */
export function flushFilesystem(root: Path): Promise<boolean> {
  if (process.platform !== "linux" || !root.isWellFormed()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const program = spawn("sync", ["-f", "--", root], { stdio: "ignore" });
    program.once("error", () => resolve(false));
    program.once("close", (exitCode) => resolve(exitCode === 0));
  });
}
