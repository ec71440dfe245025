import { dirname } from "node:path";
import type { Adjustment, Exchange, NewDirectory, Path } from "../../filesystem/index.ts";
import { keptPath, type Place, relativeTo } from "../layout/index.ts";
import { databaseOfSidecar } from "../scope/index.ts";
import type { Owner } from "../stage/index.ts";
import { concatSwaps, inBatches, putAside, type Swap, swapParts } from "../swap/index.ts";
import { isAsPlanned } from "./guard.ts";
import type { Difference } from "./types.ts";

export interface ComposeOptions {
  readonly places: readonly Place[];
  readonly differences: readonly Difference[];
  /** Where what takes a place stands now, by the place's live path. */
  readonly incoming: ReadonlyMap<Path, Path>;
  readonly stamp: string;
  readonly owner: Owner | undefined;
}

/** What changes names, what becomes of directories, and what gets another mode or time. */
export interface Changes extends Swap {
  readonly adjustments: readonly Adjustment[];
  /** What has changed since it was planned, and is left as it is: where it stands. */
  readonly changed: readonly Path[];
  /** Directories in which something comes or goes. */
  readonly touched: ReadonlySet<Path>;
}

/** Works out the exchanges from what is on the disk at this moment; nothing that is not as planned is in them. */
export function composeChanges(options: ComposeOptions): Changes {
  const { places, differences } = options;
  const swap = concatSwaps(places.map((place) => swapAt(place, options)));
  const byLive = new Map(differences.map((difference) => [difference.live, difference]));
  const changed = new Set<Path>();
  const isMeant = ({ live, exists }: Exchange): boolean => {
    const difference = byLive.get(live) ?? byLive.get(databaseOfSidecar(live) ?? "");
    // Others have proved of a database that nobody has touched it.
    const isFree = !exists || difference?.isDatabase === true;
    if (isFree || (difference !== undefined && isAsPlanned(difference))) return true;
    changed.add(live);
    return false;
  };
  const exchanges = swap.groups.flat().filter(isMeant);
  const adjusted = differences.filter(({ action }) => action === "adjust");
  for (const one of adjusted) if (!isAsPlanned(one)) changed.add(one.live);
  return {
    groups: inBatches(exchanges),
    directories: [...swap.directories, ...clearedDirectories(differences)],
    adjustments: adjusted.filter(({ live }) => !changed.has(live)).flatMap(adjustmentOf),
    changed: [...changed],
    touched: new Set(exchanges.map(({ live }) => dirname(live))),
  };
}

function swapAt(place: Place, { differences, incoming, stamp, owner }: ComposeOptions): Swap {
  const removed = differences
    .filter((one) => one.place === place && one.action === "remove")
    .map(({ live }) => relativeTo(place.live, live));
  const kept = keptPath(place.live, place.strategy, stamp);
  const options = { place, incoming: incoming.get(place.live), kept, owner };
  return concatSwaps([putAside({ ...options, incoming: undefined }, removed), swapParts(options)]);
}

/** A journal removes those of its directories that are empty in the end. */
function clearedDirectories(differences: readonly Difference[]): NewDirectory[] {
  return differences.flatMap(({ action, live, expected: { stat } }) =>
    action === "clear" && stat !== undefined ? [{ path: live, mode: stat.mode }] : [],
  );
}

function adjustmentOf({ live, facts, expected: { stat } }: Difference): Adjustment[] {
  if (facts === undefined || stat === undefined) return [];
  const time = (ns: bigint) => (facts.mtimeNs === undefined ? {} : { mtimeNs: String(ns) });
  const from = { mode: stat.mode, ...time(stat.mtimeNs) };
  return [{ path: live, from, to: { mode: facts.mode, ...time(facts.mtimeNs ?? 0n) } }];
}
