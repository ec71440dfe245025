import type { ArchiveContents } from "../../archive/index.ts";
import { type Path, pathExists } from "../../filesystem/index.ts";
import {
  type BackupRoots,
  type MappedRoot,
  mapElsewhere,
  mapInPlace,
  mountPlaces,
  type Place,
  placeAt,
} from "../layout/index.ts";
import { acceptRoots, trustIn } from "../plan/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { findRoots, isDegraded, isWhole, WHOLE_TAR } from "../source/index.ts";
import type { StagedTree } from "../stage/index.ts";
import type { RestorePlan } from "../types.ts";

/** What is restored to where, now that the archive has told. */
export interface Trees {
  readonly mode: RestorePlan["mode"];
  readonly backup: BackupRoots;
  readonly roots: readonly MappedRoot[];
  /** In the order in which they are exchanged: the state directory last. */
  readonly places: readonly Place[];
  readonly warnings: readonly string[];
}

export function resolveTrees(
  prepared: PreparedRestore,
  contents: ArchiveContents,
  staged: StagedTree,
): Trees {
  const { target } = prepared.options;
  if (target !== undefined) return elsewhere(target, contents, staged);
  const { stateDir, home } = prepared.options;
  const backup = findRoots(contents, staged);
  const announced = new Set(prepared.roots.map(({ from, to }) => `${from}\n${to}`));
  const accepted = acceptRoots(mapInPlace(backup, stateDir), {
    stateDir,
    home,
    installation: prepared.installation,
    trust: ({ from, to }) =>
      announced.has(`${from}\n${to}`) ? trustIn(prepared.options.source) : "own",
  });
  const places = accepted.roots.map(placeAt);
  const mounted = mountPlaces(places).filter(({ from }) => staged.typeAt(from) === "dir");
  const [state, outside] = [places.filter(isState), places.filter((place) => !isState(place))];
  return {
    mode: finalMode(prepared, contents, isWhole(contents, staged, backup.stateDir)),
    backup,
    roots: accepted.roots,
    places: [...outside, ...mounted, ...state],
    warnings: accepted.warnings,
  };
}

/** A plain tar goes elsewhere as it is; of the others, the trees that the manifest names. */
function elsewhere(target: Path, contents: ArchiveContents, staged: StagedTree): Trees {
  const isPlain = contents.kind === "plain";
  const backup = isPlain ? WHOLE_TAR : findRoots(contents, staged);
  const roots = mapElsewhere(backup, target);
  const places = roots.map((root): Place => {
    const place = placeAt(root);
    return isPlain ? { ...place, strategy: "children", stageParent: target } : place;
  });
  return { mode: "elsewhere", backup, roots, places, warnings: [] };
}

/** A swap of the whole tree may turn out to be one of parts, never the other way round. */
function finalMode(
  prepared: PreparedRestore,
  contents: ArchiveContents,
  isComplete: boolean,
): RestorePlan["mode"] {
  if (prepared.plan.mode !== "in-place") return prepared.plan.mode;
  const isLive = pathExists(prepared.options.stateDir);
  return isComplete && !(isLive && isDegraded(contents)) ? "in-place" : "partial";
}

const isState = ({ kind }: Place): boolean => kind === "state";
