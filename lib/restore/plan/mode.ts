import { pathExists } from "../../filesystem/index.ts";
import { isDegraded, type KnownBackup } from "../source/index.ts";
import type { PlanRestoreOptions, RestorePlan } from "../types.ts";

/**
 * Chooses how a restore works. A whole tree is swapped only for a backup that is known, or (without a record of it) believed, to hold
 * all of one; what the archive itself says may still turn a swap into the replacement of parts, never the other way round.
 */
export function chooseMode(
  options: PlanRestoreOptions,
  known: KnownBackup | undefined,
): RestorePlan["mode"] {
  const { target, only, classes, source, stateDir } = options;
  if (target !== undefined) return "elsewhere";
  if (only !== undefined || classes !== undefined) return "partial";
  if (known?.contents !== undefined) {
    const isSwap = known.isWhole === true && !(isDegraded(known.contents) && pathExists(stateDir));
    return isSwap ? "in-place" : "partial";
  }
  // Of what OpenClaw made, a storage tells no more than the name.
  if (source.backup === undefined || source.backup.kind === "native") return "in-place";
  if (!source.backup.scope.full) return "partial";
  return source.backup.degraded && pathExists(stateDir) ? "partial" : "in-place";
}
