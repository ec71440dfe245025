import { mkdirSync } from "node:fs";
import { BackupError, DAY_MS, quote, systemClock } from "../base/index.ts";
import { unwritable } from "./failures.ts";
import { removeTree } from "./move.ts";
import { fsPath, joinPath } from "./path.ts";
import { createProcessMark, parseProcessMark, stateOfProcess } from "./process-mark.ts";
import { listDirectory } from "./small-files.ts";
import { statPath } from "./stat.ts";
import type { Path, PrivateDirectory } from "./types.ts";

const NAME = /^\.clawback-[a-z]+-(\d.*)$/;

/** A directory of a process that cannot be seen from here is removed when it has not changed for this long. */
const ABANDONED_MS: number = 3 * DAY_MS;

/**
 * Makes a directory that only this user can enter, in an existing one, and removes it with all it holds when it is disposed.
 *
 * Its name `.clawback-<label>-<pid>-<start time>-…` tells {@link sweepPrivateDirectories} whether its process still runs.
 * @param label - Lower-case letters that say what it is for.
 */
export async function createPrivateDirectory(
  parent: Path,
  label: string,
): Promise<PrivateDirectory> {
  const name = `.clawback-${label}-${createProcessMark()}`;
  if (!NAME.test(name)) {
    throw new BackupError("internal", `label ${quote(label)} is not one lower-case word`);
  }
  const path = joinPath(parent, name);
  try {
    mkdirSync(fsPath(path), { mode: 0o700 });
  } catch (error) {
    throw unwritable(path, error);
  }
  return { path, [Symbol.asyncDispose]: async () => removeTree(path) };
}

/**
 * Removes the private directories in `parent` whose process is gone, as after a crash.
 * @returns The removed paths. One that cannot be removed is left for the next time.
 */
export function sweepPrivateDirectories(
  parent: Path,
  now: Date = systemClock.now(),
): readonly Path[] {
  return abandonedPrivateDirectories(parent, now).filter(wasRemoved);
}

/** The private directories in `parent` whose process is gone; looks only. */
export function abandonedPrivateDirectories(
  parent: Path,
  now: Date = systemClock.now(),
): readonly Path[] {
  return (listDirectory(parent) ?? [])
    .map((name) => joinPath(parent, name))
    .filter((path) => isAbandoned(path, now));
}

function isAbandoned(path: Path, now: Date): boolean {
  const markText = NAME.exec(path.slice(path.lastIndexOf("/") + 1))?.[1];
  const mark = markText === undefined ? undefined : parseProcessMark(markText);
  if (mark === undefined) return false;
  const stat = statPath(path);
  if (stat?.type !== "dir") return false;
  const state = stateOfProcess(mark);
  if (state !== "unknown") return state === "gone";
  return now.getTime() - Number(stat.mtimeNs / 1_000_000n) > ABANDONED_MS;
}

function wasRemoved(path: Path): boolean {
  try {
    removeTree(path);
    return true;
  } catch {
    return false;
  }
}
