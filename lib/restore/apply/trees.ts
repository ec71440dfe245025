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
import { acceptRoots } from "../plan/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { parseScope } from "../scope/index.ts";
import type { StagedTree } from "../stage/index.ts";
import type { RestorePlan } from "../types.ts";
import { findRoots } from "./found-roots.ts";

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
    isAnnounced: ({ from, to }) => announced.has(`${from}\n${to}`),
  });
  const places = accepted.roots.map(placeAt);
  const mounted = mountPlaces(places).filter(({ from }) => staged.typeAt(from) === "dir");
  const [state, outside] = [places.filter(isState), places.filter((place) => !isState(place))];
  return {
    mode: finalMode(prepared, contents),
    backup,
    roots: accepted.roots,
    places: [...outside, ...mounted, ...state],
    warnings: accepted.warnings,
  };
}

/** A plain tar goes elsewhere as it is; of the others, the trees that the manifest names. */
function elsewhere(target: Path, contents: ArchiveContents, staged: StagedTree): Trees {
  const isPlain = contents.stateDir === undefined;
  const backup: BackupRoots = isPlain
    ? { stateDir: "", roots: [{ kind: "state", path: "" }] }
    : findRoots(contents, staged);
  const roots = mapElsewhere(backup, target);
  const places = roots.map((root): Place => {
    const place = placeAt(root);
    return isPlain ? { ...place, strategy: "children", stageParent: target } : place;
  });
  return { mode: "elsewhere", backup, roots, places, warnings: [] };
}

/** A swap of the whole tree may turn out to be one of parts, never the other way round. */
function finalMode(prepared: PreparedRestore, contents: ArchiveContents): RestorePlan["mode"] {
  if (prepared.plan.mode !== "in-place") return prepared.plan.mode;
  const isLive = pathExists(prepared.options.stateDir);
  return isWhole(contents) && !(isLive && isDegraded(contents)) ? "in-place" : "partial";
}

function isWhole(contents: ArchiveContents): boolean {
  if (contents.kind === "clawback") return parseScope(contents.clawback)?.full === true;
  return contents.kind === "plain" || contents.assets.some(({ kind }) => kind === "state");
}

/** Whether a database is missing that OpenClaw cannot live without. */
function isDegraded({ fileList, stateDir }: ArchiveContents): boolean {
  const omissions = fileList?.omissions ?? [];
  return omissions.some(
    ({ path }) =>
      path.endsWith("/openclaw-agent.sqlite") ||
      (stateDir !== undefined && path === `${stateDir}/state/openclaw.sqlite`),
  );
}

const isState = ({ kind }: Place): boolean => kind === "state";
