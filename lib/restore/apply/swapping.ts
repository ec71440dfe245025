import { type Exchange, isSameOrInside, type Path, statPath } from "../../filesystem/index.ts";
import type { PreRestoreRecord } from "../kept/index.ts";
import { keptPath, type Place } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { isLiveDatabase } from "../scope/index.ts";
import type { Owner, Stage } from "../stage/index.ts";
import {
  assertGatewayStopped,
  assertUnused,
  concatSwaps,
  databasesIn,
  type Swap,
  type SwapOptions,
  swapParts,
  swapWhole,
} from "../swap/index.ts";
import type { StagedRestore } from "./staging.ts";

export interface SwapPlanOptions {
  readonly staged: StagedRestore;
  readonly carried: ReadonlyMap<Path, readonly Path[]>;
  readonly stamp: string;
  readonly owner: Owner | undefined;
}

/** Works out the exchanges for every place, in order. */
export function composeSwap({ staged, carried, stamp, owner }: SwapPlanOptions): Swap {
  const { trees, incoming } = staged;
  const swaps = trees.places.map((place) => {
    const options: SwapOptions = {
      place,
      incoming: incoming.get(place.live),
      kept: keptPath(place.live, place.strategy, stamp),
      owner,
    };
    return trees.mode === "partial"
      ? swapParts(options)
      : swapWhole(options, carried.get(place.live) ?? []);
  });
  return concatSwaps(swaps);
}

/**
 * Proves that nobody uses what will be moved, as late as can be.
 * @throws BackupError `gateway-running`
 */
export async function proveUnused(
  { installation }: PreparedRestore,
  { trees }: StagedRestore,
  { swap, stages }: { readonly swap: Swap; readonly stages: readonly Stage[] },
): Promise<void> {
  if (trees.mode === "elsewhere") return;
  await assertGatewayStopped(installation);
  const databases = trees.mode === "in-place" ? databasesIn(trees.places) : replacedDatabases(swap);
  assertUnused(databases, (path) => {
    const place = trees.places.find(({ live }) => isSameOrInside(path, live));
    return stages.find(({ domain }) => domain === place?.domain)?.path;
  });
}

function* replacedDatabases({ groups }: Swap): Generator<Path> {
  for (const { live, exists } of groups.flat()) {
    const stat = exists ? statPath(live) : undefined;
    if (stat !== undefined && isLiveDatabase({ path: live, stat })) yield live;
  }
}

/** The description of what is put away; undefined when nothing is. */
export function recordOf(
  swap: Swap,
  places: readonly Place[],
  facts: Pick<PreRestoreRecord, "id" | "createdAt" | "replacedBy" | "stateDir">,
): PreRestoreRecord | undefined {
  const exchanges = swap.groups.flat().map(({ live, kept, exists, carried }: Exchange) => {
    return { live, kept, exists, carried };
  });
  if (!exchanges.some(({ exists }) => exists)) return undefined;
  const trees = places.map(({ live, strategy }) => {
    return { live, kept: keptPath(live, strategy, facts.id), strategy };
  });
  return { ...facts, trees, exchanges };
}
