import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import { type Installation, RECOVERY_REPORT_NAME } from "../../openclaw/index.ts";
import type { Place } from "../layout/index.ts";
import type { Judge } from "../scope/index.ts";
import type { SnapshotContents, SnapshotEntry } from "../types.ts";
import type { Difference, LeftPath } from "./types.ts";

/** What a comparison works with. */
export interface Scene {
  readonly places: readonly Place[];
  readonly installation: Installation;
  /** By the snapshot's own paths, each directory before what it holds. */
  readonly entries: ReadonlyMap<Path, SnapshotEntry>;
  readonly snapshot: Pick<SnapshotContents, "hasContent">;
  /** Whether something at one of the snapshot's paths is to be rolled back. */
  readonly selects: (path: Path, entryClass: string) => boolean;
  readonly classOf: (path: Path) => string;
  /** The snapshot's databases, and what the live ones looked like then. */
  readonly databases: ReadonlyMap<Path, string | undefined>;
  readonly withDatabases: boolean;
  /** What changed its inode before then is told by size and time. */
  readonly unchangedBeforeNs: bigint;
  readonly judgeFor: (place: Place) => Judge;
  /** Live paths that stay whatever the rules say. */
  readonly staying: ReadonlySet<Path>;
}

/** What was found: what is to be done, and what differs and stays. */
export interface Findings {
  readonly differences: Difference[];
  readonly left: LeftPath[];
}

export const NEEDS_FLAG = "a database: --with-databases rolls it back, with a stopped Gateway";

/** The report that a restore leaves for the agent, which deletes it when it has told: nothing to roll back. */
export function isRecoveryReport({ workspaces }: Installation, live: Path): boolean {
  return (
    live.endsWith(`/${RECOVERY_REPORT_NAME}`) &&
    workspaces.some((workspace) => isSameOrInside(live, workspace))
  );
}
