import type { Installation } from "../../openclaw/index.ts";
import type { Place } from "../layout/index.ts";
import { type Judge, judgeByScope, judgeWithoutScope, type RecordedScope } from "../scope/index.ts";
import type { PlanRestoreOptions } from "../types.ts";

/**
 * The judge for a preview: by the classes that the backup's record names, and by this machine's standing rules, because the backup's
 * own stand at the end of its archive.
 */
export function expectedJudge(
  { source, standingRules }: PlanRestoreOptions,
  installation: Installation,
  place: Place,
): Judge {
  const { backup } = source;
  if (backup?.kind !== "archive") {
    return judgeWithoutScope(installation, backup?.kind === "native");
  }
  const rules = standingRules?.(place.live) ?? { excluded: [], included: [] };
  const scope: RecordedScope = {
    full: backup.scope.full,
    classes: backup.scope.classes,
    includeWorkspace: backup.scope.includeWorkspace,
    maxFileSizeBytes: undefined,
    cachedirTag: false,
    oneFileSystem: false,
    roots: [{ path: place.from, forced: [], ...rules }],
  };
  return judgeByScope(scope, installation, place.from);
}
