import type { Path } from "../filesystem/index.ts";
import type { Installation } from "../openclaw/index.ts";
import type { MappedRoot, Place } from "./layout/index.ts";
import type { KnownBackup } from "./source/index.ts";
import type { PlanRestoreOptions, RestorePlan } from "./types.ts";

/** A plan to show, and what `applyRestore` needs to carry it out. Only `plan` is meant for others. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
  /** @internal */
  readonly options: PlanRestoreOptions;
  /** Of the archive; undefined when nothing was known before it is unpacked. @internal */
  readonly kind: KnownBackup["kind"] | undefined;
  /** Paths of the backup that must be unpacked; undefined for all. @internal */
  readonly wanted: ReadonlySet<Path> | undefined;
  /** Of a rollback, which replaces single paths and leaves no report for the agent: those that are put in place. @internal */
  readonly replaced?: ReadonlySet<Path> | undefined;
  /** To which class a path of the backup belongs, where its contents do not say it. @internal */
  readonly classOf: KnownBackup["classOf"];
  /** What is live, or the default layout. @internal */
  readonly installation: Installation;
  /** Trees whose places the plan listed. @internal */
  readonly roots: readonly MappedRoot[];
  /** @internal */
  readonly places: readonly Place[];
}
