import type { ArchiveContents } from "../../archive/index.ts";
import { BackupError, quote } from "../../base/index.ts";
import { isSameOrInside, type Path, pathExists, statPath } from "../../filesystem/index.ts";
import { join, type Place, placeOf, relativeTo } from "../layout/index.ts";
import { Comparison } from "../plan/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import {
  isLiveDatabase,
  type Judge,
  judgeByScope,
  judgeWithoutScope,
  parseScope,
} from "../scope/index.ts";
import type { Unpacked } from "../stage/index.ts";
import type { RestorePlan } from "../types.ts";
import type { Trees } from "./trees.ts";

export interface FinalChanges {
  readonly plan: RestorePlan;
  /** What stays of each tree that is swapped whole, by its live path; relative to it. */
  readonly carried: ReadonlyMap<Path, readonly Path[]>;
}

/** Compares once more, with what is unpacked and by the backup's own rules: what the swap will do, to the last file. */
export function finalChanges(
  prepared: PreparedRestore,
  trees: Trees,
  { contents, staged, databases }: Unpacked,
): FinalChanges {
  const { places, mode } = trees;
  const comparison = new Comparison();
  for (const [path, entry] of staged) {
    const place = placeOf(places, path);
    if (place !== undefined) comparison.addIncoming(entry, place, relativeTo(place.from, path));
  }
  const omitted = omittedLive(contents, places);
  const carried = new Map<Path, readonly Path[]>();
  const { ownPaths = [] } = prepared.options;
  const staying = new Set([...omitted, ...ownPaths]);
  const incoming = { typeAt: (path: Path) => staged.typeAt(path), staying };
  for (const place of mode === "in-place" ? places : []) {
    const judge = judgeFor(prepared, contents, place);
    const kept = comparison.addLive(place, incoming, judge);
    carried.set(place.live, kept);
    assertOwnStay(ownPaths, place, kept);
  }
  const restored = databases.map(({ path }) => ({
    path: positionOf(places, path)?.to ?? path,
    sizeBytes: staged.get(path)?.sizeBytes ?? 0,
    action: "restore" as const,
  }));
  const plan: RestorePlan = {
    ...prepared.plan,
    ...comparison.total(),
    mode,
    // As in the plan: the state directory, which is exchanged last, comes first.
    roots: places.toReversed().map(({ from, to, stat, strategy }) => {
      return { from, to, exists: stat !== undefined, strategy };
    }),
    databases: [...restored, ...keptDatabases(omitted)],
    exact: true,
  };
  return { plan, carried };
}

/** @throws BackupError `policy-refused` */
function assertOwnStay(ownPaths: readonly Path[], place: Place, carried: readonly Path[]): void {
  for (const own of ownPaths) {
    const isMoved = isSameOrInside(own, place.live) && pathExists(own);
    const stays = carried.some((path) => isSameOrInside(own, join(place.live, path)));
    if (!isMoved || stays || own === place.live) continue;
    throw new BackupError(
      "policy-refused",
      `${quote(own)} lies in ${quote(place.to)}, and the backup has no place for it there`,
      { hint: "move this storage out of the state directory first; nothing was changed" },
    );
  }
}

function judgeFor(
  { installation }: PreparedRestore,
  contents: ArchiveContents,
  place: Place,
): Judge {
  const scope = parseScope(contents.clawback);
  if (scope === undefined) return judgeWithoutScope(installation, contents.kind === "openclaw");
  return judgeByScope(scope, installation, place.from);
}

/** What could not be captured, by its live path. */
function omittedLive({ fileList }: ArchiveContents, places: readonly Place[]): Set<Path> {
  const omissions = fileList?.omissions ?? [];
  return new Set(omissions.flatMap(({ path }) => positionOf(places, path)?.live ?? []));
}

function keptDatabases(omitted: ReadonlySet<Path>): RestorePlan["databases"][number][] {
  return [...omitted].flatMap((path) => {
    const stat = statPath(path);
    if (stat === undefined || !isLiveDatabase({ path, stat })) return [];
    return [{ path, sizeBytes: stat.sizeBytes, action: "keep-live" as const }];
  });
}

function positionOf(
  places: readonly Place[],
  path: Path,
): { readonly live: Path; readonly to: Path } | undefined {
  const place = placeOf(places, path);
  if (place === undefined) return undefined;
  const rest = relativeTo(place.from, path);
  return { live: join(place.live, rest), to: join(place.to, rest) };
}
