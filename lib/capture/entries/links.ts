import { posix } from "node:path";
import { isBackupError, quote } from "../../base/index.ts";
import { isSameOrInside, type Path, readLinkTarget } from "../../filesystem/index.ts";
import type { CaptureRun } from "../run.ts";
import type { Scanned } from "../select/index.ts";
import type { CaptureEntry } from "../types.ts";
import { factsOf } from "./facts.ts";

/** The entry of a symbolic link, recorded as it is; one that leads out of everything captured gets a note. */
export function symlinkEntry(
  run: CaptureRun,
  { entry, selection }: Pick<Scanned, "entry" | "selection">,
): CaptureEntry | undefined {
  const { path, stat } = entry;
  const inClass = selection.classOf(path, false);
  if (inClass === undefined) return undefined;
  const target = targetOf(run, path);
  if (target === undefined) return undefined;
  if (leadsOut(run, path, target)) {
    const detail = `the link to ${quote(target)} is kept, what it leads to is not captured`;
    run.ledger.note({ path, note: "link-out", detail });
  }
  return { ...factsOf(path, stat, inClass), type: "symlink", target };
}

function targetOf(run: CaptureRun, path: Path): Path | undefined {
  try {
    const target = readLinkTarget(path);
    if (target === undefined) {
      run.ledger.note({ path, note: "vanished", detail: "the link was gone before it was read" });
    }
    return target;
  } catch (error) {
    if (!isBackupError(error)) throw error;
    run.ledger.omit({ path, reason: "unreadable", detail: error.message });
    return undefined;
  }
}

function leadsOut(run: CaptureRun, path: Path, target: Path): boolean {
  const resolved = posix.resolve(posix.dirname(path), target);
  return !run.options.installation.roots.some((root) => isSameOrInside(resolved, root.path));
}
