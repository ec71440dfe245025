import { resolve } from "node:path";
import { type Path, pathExists, realPath, statPath } from "../../filesystem/index.ts";
import { findGateway, type Installation, restoreWarnings } from "../../openclaw/index.ts";
import { listRecordIds } from "../kept/index.ts";
import {
  freeStamp,
  isInTree,
  isStampTaken,
  keptPath,
  type MappedRoot,
  mapElsewhere,
  mapInPlace,
  mountPlaces,
  type Place,
  placeAt,
  placeOf,
  relativeTo,
} from "../layout/index.ts";
import { installationAt } from "../live-installation.ts";
import type { PreparedRestore } from "../prepared.ts";
import { createSelection, isSelective } from "../scope/index.ts";
import { type KnownBackup, readKnownBackup, WHOLE_TAR } from "../source/index.ts";
import type { PlanRestoreOptions, RestorePlan } from "../types.ts";
import { type AcceptedRoots, acceptRoots, trustIn } from "./accept-roots.ts";
import { assertFreshTarget, assertMayOwn, assertOutsideHome } from "./assert-target.ts";
import { chooseMode } from "./mode.ts";
import { livePath, type Preview, preview } from "./preview.ts";
import { wantedPaths } from "./wanted.ts";
import {
  degradedWarnings,
  gatewayWarnings,
  mountWarnings,
  movedWarnings,
  omissionWarnings,
  originWarnings,
} from "./warnings.ts";

/**
 * Finds out what a restore would do. Reads only.
 *
 * @throws BackupError `no-space`, `target-not-empty`, `policy-refused` (a target inside the home or the installation, a link that leads
 *   nowhere), `path-not-found` (nothing matches `only` or `classes`).
 */
export async function planRestore(given: PlanRestoreOptions): Promise<PreparedRestore> {
  const options = withPlainPaths(given);
  const { stateDir, target, home, source } = options;
  assertMayOwn(options.owner);
  assertOutsideHome(target ?? stateDir, home);
  if (target !== undefined) assertFreshTarget(target, stateDir);
  const known = await readKnownBackup({
    source,
    stateDir,
    keys: options,
    // What goes into a fresh directory needs no closer look; what replaces something does.
    mayRead: target === undefined || isSelective(options),
    isElsewhere: target !== undefined,
    isPart: target !== undefined || isSelective(options),
    signal: options.signal,
  });
  const installation = installationAt(options.installation, stateDir);
  const accepted = rootsOf(known, options, installation);
  const places = placesOf(accepted.roots, known);
  const mode = chooseMode(options, known);
  const facts = { options, known, installation, roots: accepted.roots, places, mode };
  const found = preview(facts);
  const warnings = [...accepted.warnings, ...(await warningsOf(facts))];
  const plan = composePlan({ ...facts, found, warnings });
  // The list itself is let go: for a million files it is large, and what it says is in the archive as well.
  const wanted = wantedPaths(options, known, accepted.roots);
  return {
    plan,
    options,
    kind: known?.kind,
    wanted,
    classOf: known?.classOf,
    installation,
    roots: accepted.roots,
    places,
  };
}

/** People and tests give paths with a slash at the end, or relative to where they are. */
function withPlainPaths(options: PlanRestoreOptions): PlanRestoreOptions {
  return {
    ...options,
    stateDir: resolve(options.stateDir),
    home: resolve(options.home),
    target: options.target === undefined ? undefined : resolve(options.target),
    ownPaths: options.ownPaths?.map((path) => realPath(path) ?? resolve(path)),
  };
}

/** Directories that are mounted below others count where the backup holds something for them. */
function placesOf(roots: readonly MappedRoot[], known: KnownBackup | undefined): Place[] {
  const places = roots.map(placeAt);
  const mounted = mountPlaces(places).filter(({ from }) => known?.entries.has(from) === true);
  return [...places, ...mounted];
}

interface Facts {
  readonly options: PlanRestoreOptions;
  readonly known: KnownBackup | undefined;
  readonly installation: Installation;
  readonly roots: readonly MappedRoot[];
  readonly places: readonly Place[];
  readonly mode: RestorePlan["mode"];
}

/** Without a file list only the state directory is known to be replaced. */
function rootsOf(
  known: KnownBackup | undefined,
  { target, stateDir, home, source }: PlanRestoreOptions,
  installation: Installation,
): AcceptedRoots {
  if (target !== undefined) {
    const isWhole = known === undefined || known.kind === "plain";
    return { roots: mapElsewhere(isWhole ? WHOLE_TAR : known.roots, target), warnings: [] };
  }
  if (known === undefined) {
    return { roots: [{ kind: "state", from: "", to: stateDir }], warnings: [] };
  }
  const mapped = mapInPlace(known.roots, stateDir);
  return acceptRoots(mapped, { stateDir, home, installation, trust: () => trustIn(source) });
}

function composePlan(
  facts: Facts & { readonly found: Preview; readonly warnings: readonly string[] },
): RestorePlan {
  const { options, known, places, mode, found, warnings } = facts;
  const { source, target, stateDir, home, now } = options;
  const replaced = mode === "elsewhere" ? [] : places.filter(({ stat }) => stat !== undefined);
  const [newest] = listRecordIds(home);
  const stamp = freeStamp(now, newest, (candidate) => isStampTaken(replaced, candidate));
  const touched = touchedPlaces(facts);
  return {
    source: source.label,
    backup: source.backup ?? null,
    mode,
    target: target ?? stateDir,
    roots: touched.map(({ from, to, stat, strategy }) => ({
      from,
      to,
      exists: stat !== undefined,
      strategy,
    })),
    ...found,
    preRestore: replaced
      .filter((place) => touched.includes(place))
      .map(({ live, strategy }) => keptPath(live, strategy, stamp)),
    warnings,
    exact: known !== undefined,
  };
}

/** A restore of a part may leave whole trees alone. */
function touchedPlaces({ options, known, roots, places, mode }: Facts): readonly Place[] {
  if (mode !== "partial" || known === undefined) return places;
  const selection = createSelection(options, known.roots.stateDir, roots);
  const touched = new Set<Place | undefined>();
  for (const [path, entry] of known.entries) {
    if (selection.wants(path, entry.class)) touched.add(placeOf(places, path));
  }
  return places.filter((place) => touched.has(place));
}

async function warningsOf(facts: Facts): Promise<string[]> {
  const { options, known, places, installation } = facts;
  const origin = [...originWarnings(options), ...degradedWarnings(options)];
  if (options.target !== undefined) return origin;
  const isLive = (path: Path) => {
    const live = livePath(places, path);
    return live !== undefined && pathExists(live);
  };
  return [
    ...gatewayWarnings(await findGateway(installation)),
    ...origin,
    ...(known === undefined ? [] : omissionWarnings(known.omissions, isLive)),
    ...(known === undefined ? [] : movedWarnings(known.roots.stateDir, options.stateDir)),
    ...mountWarnings(places, (path) => statPath(path)?.type === "file"),
    ...(known === undefined ? [] : restoreWarnings({ paths: pathsInState(known, facts) })),
  ];
}

/** Of what is restored. */
function* pathsInState(
  { roots: { stateDir }, entries }: KnownBackup,
  { options, roots }: Facts,
): Generator<Path> {
  const selection = createSelection(options, stateDir, roots);
  for (const [path, entry] of entries) {
    if (isInTree(path, stateDir) && selection.wants(path, entry.class)) {
      yield relativeTo(stateDir, path);
    }
  }
}
