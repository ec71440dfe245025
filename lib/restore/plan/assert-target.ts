import { dirname } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import {
  isSameOrInside,
  listDirectory,
  type Path,
  realPath,
  statPath,
} from "../../filesystem/index.ts";
import type { PlanRestoreOptions } from "../types.ts";

/**
 * Refuses a state directory in which Clawback's home lies, or the other way round.
 * @throws BackupError `policy-refused`
 */
export function assertOutsideHome(target: Path, home: Path): void {
  const [realTarget, realHome] = [existingPart(target), existingPart(home)];
  if (!isSameOrInside(realTarget, realHome) && !isSameOrInside(realHome, realTarget)) return;
  throw new BackupError(
    "policy-refused",
    `target ${quote(target)} and Clawback's home ${quote(home)} lie one in the other`,
    { hint: "choose another target, or move the home (CLAWBACK_HOME)" },
  );
}

/**
 * Refuses a target of a restore elsewhere that holds something or lies in the live state directory.
 * @throws BackupError `target-not-empty`, `policy-refused`
 */
export function assertFreshTarget(target: Path, stateDir: Path): void {
  const live = realPath(stateDir);
  if (live !== undefined && isSameOrInside(existingPart(target), live)) {
    throw new BackupError(
      "policy-refused",
      `target ${quote(target)} lies in the live state directory ${quote(stateDir)}`,
      { hint: "leave --target out to restore in place, or choose a directory elsewhere" },
    );
  }
  const stat = statPath(realPath(target) ?? target);
  if (stat === undefined) return;
  if (stat.type === "dir" && listDirectory(target)?.length === 0) return;
  const what = stat.type === "dir" ? "is not empty" : "is not a directory";
  throw new BackupError("target-not-empty", `target ${quote(target)} ${what}`, {
    hint: "choose a directory that is new or empty",
  });
}

/**
 * Refuses to give files to somebody else when this user may not.
 * @throws BackupError `invalid-argument`
 */
export function assertMayOwn(owner: PlanRestoreOptions["owner"]): void {
  if (owner === undefined || process.geteuid?.() === 0) return;
  throw new BackupError("invalid-argument", "only root may choose the owner of what is restored", {
    hint: "leave --owner out, or restore as root",
  });
}

/** The path with links resolved as far as it exists. */
function existingPart(path: Path): Path {
  const real = realPath(path);
  if (real !== undefined) return real;
  const parent = dirname(path);
  const rest = path.slice(parent.length).replace(/^\//, "");
  return parent === path ? path : `${existingPart(parent).replace(/\/$/, "")}/${rest}`;
}
