import type { Installation } from "../openclaw/index.ts";
import type { MappedRoot, Place } from "./layout/index.ts";
import type { KnownBackup } from "./source/index.ts";
import type { PlanRestoreOptions, RestorePlan } from "./types.ts";

/** A plan to show, and what `applyRestore` needs to carry it out. Only `plan` is meant for others. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
  /** @internal */
  readonly options: PlanRestoreOptions;
  /** @internal */
  readonly known: KnownBackup | undefined;
  /** What is live, or the default layout. @internal */
  readonly installation: Installation;
  /** Trees whose places the plan listed. @internal */
  readonly roots: readonly MappedRoot[];
  /** @internal */
  readonly places: readonly Place[];
}
