import type { Installation } from "../../openclaw/index.ts";
import type { Place } from "../layout/index.ts";
import {
  type Judge,
  judgeByScope,
  judgeWithoutScope,
  parseScope,
  type RecordedScope,
} from "../scope/index.ts";
import type { KnownBackup } from "../source/index.ts";
import type { PlanRestoreOptions } from "../types.ts";

export interface ExpectedJudgeOptions {
  readonly options: PlanRestoreOptions;
  readonly known: KnownBackup | undefined;
  readonly installation: Installation;
  readonly place: Place;
}

/**
 * The judge for a preview: by the backup's own rules where its archive was read, else by the classes that its record names and
 * this machine's standing rules.
 */
export function expectedJudge({
  options,
  known,
  installation,
  place,
}: ExpectedJudgeOptions): Judge {
  const scope = scopeOf(options, known, place);
  if (scope === undefined) {
    const isNative = known?.kind === "openclaw" || options.source.backup?.kind === "native";
    return judgeWithoutScope(installation, isNative);
  }
  return judgeByScope(scope, installation, place.from);
}

function scopeOf(
  { source, standingRules }: PlanRestoreOptions,
  known: KnownBackup | undefined,
  place: Place,
): RecordedScope | undefined {
  if (known?.contents !== undefined) return parseScope(known.contents.clawback);
  const { backup } = source;
  if (backup?.kind !== "archive") return undefined;
  const rules = standingRules?.(place.live) ?? { excluded: [], included: [] };
  return {
    full: backup.scope.full,
    classes: backup.scope.classes,
    includeWorkspace: backup.scope.includeWorkspace,
    maxFileSizeBytes: undefined,
    cachedirTag: false,
    oneFileSystem: false,
    roots: [{ path: place.from, forced: [], ...rules }],
  };
}
