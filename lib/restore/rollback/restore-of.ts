import type { Place } from "../layout/index.ts";
import type { AcceptedRoots } from "../plan/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import type { KnownBackup } from "../source/index.ts";
import type { PlanRollbackOptions, RollbackPlan } from "./types.ts";

/** The same as a restore of parts, so that what unpacks and proves those does it here too. Which parts is said when it is applied. */
export function asRestore({
  options,
  plan,
  known,
  accepted,
  places,
}: {
  readonly options: PlanRollbackOptions;
  readonly plan: RollbackPlan;
  readonly known: KnownBackup;
  readonly accepted: AcceptedRoots;
  readonly places: readonly Place[];
}): PreparedRestore {
  const { source, stateDir, installation, environment, home, now, signal, onProgress } = options;
  const { kind, classOf } = known;
  return {
    plan,
    options: {
      ...{ source, stateDir, installation, environment, home, now, signal, onProgress },
      passphrases: [],
      privateKeys: [],
    },
    kind,
    classOf,
    installation,
    roots: accepted.roots,
    places: places.filter(({ to }) => plan.roots.some((root) => root.to === to)),
    wanted: new Set(),
    replaced: new Set(),
  };
}
