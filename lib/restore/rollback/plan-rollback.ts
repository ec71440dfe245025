import { dirname, resolve } from "node:path";
import { BackupError, count, quote } from "../../base/index.ts";
import { compareBytes, type Path, pathExists, realPath } from "../../filesystem/index.ts";
import { findGateway } from "../../openclaw/index.ts";
import { listRecordIds } from "../kept/index.ts";
import {
  freeStamp,
  isStampTaken,
  join,
  keptPath,
  mapBack,
  mapInPlace,
  mountPlaces,
  type Place,
  placeAt,
  placeOf,
  relativeTo,
} from "../layout/index.ts";
import {
  type AcceptedRoots,
  acceptRoots,
  assertOutsideHome,
  bytesOnDisk,
  ChangeCounter,
  gatewayWarnings,
  movedWarnings,
  SpaceNeeds,
  trustIn,
} from "../plan/index.ts";
import { parseScope } from "../scope/index.ts";
import { type KnownBackup, readKnownBackup } from "../source/index.ts";
import type { RestorePlan, SnapshotEntry } from "../types.ts";
import { splitByRights } from "./by-rights.ts";
import { withChoice } from "./choice.ts";
import { compareHeld } from "./compare-held.ts";
import { findExtra } from "./find-extra.ts";
import { asRestore } from "./restore-of.ts";
import { withoutSameConfig } from "./same-config.ts";
import type { Findings, Scene } from "./scene.ts";
import { sceneOf } from "./scene-of.ts";
import type {
  Difference,
  LeftPath,
  PlanRollbackOptions,
  PreparedRollback,
  RollbackEntry,
  RollbackPlan,
} from "./types.ts";

/**
 * Compares a snapshot with what is live, and says what differs. Reads only.
 *
 * @throws BackupError `not-supported` for a snapshot that another tool made; `path-not-found` where neither has a path that was asked for;
 *   `invalid-argument`, `no-space`, `policy-refused`
 */
export async function planRollback(given: PlanRollbackOptions): Promise<PreparedRollback> {
  const options = withPlainPaths(given);
  const { source, stateDir, home, installation, signal } = options;
  assertOutsideHome(stateDir, home);
  const keys = { passphrases: [], privateKeys: [] };
  const how = { mayRead: false, isElsewhere: false, isPart: false };
  const known = await readKnownBackup({ source, stateDir, keys, ...how, signal });
  if (known === undefined) throw new BackupError("internal", "a snapshot tells what it holds");
  const mapped = mapInPlace(known.roots, stateDir);
  const trust = () => trustIn(source);
  const accepted = acceptRoots(mapped, { stateDir, home, installation, trust });
  const places = placesOf(accepted, known);
  const scene = await sceneOf(options, { known, accepted, places });
  const found = splitByRights(compare(scene));
  assertAllMeant(options, { accepted, scene, found });
  const differing = await withoutSameConfig(found.differences, options, scene);
  const differences = differing.toSorted((a, b) => compareBytes(a.live, b.live));
  const warnings = [...accepted.warnings, ...(await warningsOf(options, known, differences))];
  const plan = composePlan(options, places, { differences, left: found.left, warnings });
  const linkTargets = linkTargetsOf(scene.entries);
  return {
    plan,
    options,
    differences,
    directoryTimes: directoryTimes(scene),
    restore: asRestore({ options, plan, known, accepted, places }),
    linkTargets,
  };
}

function withPlainPaths(options: PlanRollbackOptions): PlanRollbackOptions {
  return withChoice({
    ...options,
    stateDir: resolve(options.stateDir),
    home: resolve(options.home),
    ownPaths: options.ownPaths?.map((path) => realPath(path) ?? resolve(path)),
  });
}

function placesOf({ roots }: AcceptedRoots, known: KnownBackup): Place[] {
  const places = roots.map(placeAt);
  return [...places, ...mountPlaces(places).filter(({ from }) => known.entries.has(from))];
}

function compare(scene: Scene): Findings {
  const held = compareHeld(scene);
  const extra = findExtra(scene);
  const left: LeftPath[] = [...held.left, ...extra.left];
  const differences = [...extra.differences];
  for (const difference of held.differences) {
    const { live, expected } = difference;
    if (expected.stat?.type !== "dir" || difference.action !== "replace") {
      differences.push(difference);
      continue;
    }
    const below = extra.insides.get(live);
    if (below !== undefined) differences.push({ ...difference, expected: { ...expected, below } });
    else {
      const reason = "a directory by now, which holds what the snapshot does not cover";
      left.push({ path: live, reason });
    }
  }
  return { differences, left };
}

/** Each path that was asked for must be there, in the snapshot or live. */
function assertAllMeant(
  options: PlanRollbackOptions,
  facts: {
    readonly accepted: AcceptedRoots;
    readonly scene: Scene;
    readonly found: Findings;
  },
): void {
  const { choice, source, stateDir } = options;
  const { accepted, scene, found } = facts;
  for (const only of choice.only ?? []) {
    const live = only.startsWith("/") ? only : `${stateDir}/${only}`;
    const path = (mapBack(accepted.roots, live) ?? live).replace(/\/+$/, "");
    const isIn = (candidate: Path) => candidate === path || candidate.startsWith(`${path}/`);
    const inside = [...scene.entries.keys()].filter(isIn);
    const isWanted = inside.some((candidate) => scene.selects(candidate, scene.classOf(candidate)));
    const isFound = [...found.differences, ...found.left].some((one) =>
      isIn(mapBack(accepted.roots, "live" in one ? one.live : one.path) ?? ""),
    );
    if (isWanted || isFound) continue;
    if (inside.length > 0) throw isDatabase(only);
    const isLive = pathExists(live) && mapBack(accepted.roots, live) !== undefined;
    throw new BackupError(
      "path-not-found",
      isLive
        ? `${quote(live)} is outside of what ${source.label} covers`
        : `${source.label} has nothing at ${quote(live)}, and nothing is there now`,
      { hint: `see what it holds with: clawback show ${shownId(options)} --files` },
    );
  }
}

function shownId({ source }: PlanRollbackOptions): string {
  return source.backup?.id.slice(0, 8) ?? "ID";
}

function isDatabase(path: Path): BackupError {
  return new BackupError("invalid-argument", `${quote(path)} belongs to OpenClaw's databases`, {
    hint: "add --with-databases, with the Gateway stopped",
  });
}

async function warningsOf(
  { installation, stateDir, choice }: PlanRollbackOptions,
  { roots, omissions, contents }: KnownBackup,
  differences: readonly Difference[],
): Promise<string[]> {
  const covered = parseScope(contents?.clawback)?.classes;
  const missing = (choice.classes ?? []).filter((name) => covered?.includes(name) === false);
  const warnings = movedWarnings(roots.stateDir, stateDir);
  if (missing.length > 0) {
    warnings.push(`the snapshot does not cover ${missing.join(", ")}: what is there now stays`);
  }
  if (omissions.length > 0) {
    const paths = count(omissions.length, "path");
    warnings.push(
      `the snapshot lacks ${paths} that could not be captured: what is there now stays`,
    );
  }
  if (!differences.some((one) => one.isDatabase)) return warnings;
  return [...gatewayWarnings(await findGateway(installation), "rollback"), ...warnings];
}

function composePlan(
  { source, choice, stateDir, home, now }: PlanRollbackOptions,
  places: readonly Place[],
  found: Findings & { readonly warnings: readonly string[] },
): RollbackPlan {
  const { differences, left, warnings } = found;
  const space = new SpaceNeeds();
  for (const { action, place, entry } of differences) {
    if (action === "replace") space.add(place.stageParent, bytesOnDisk(entry.sizeBytes));
  }
  const touched = places.filter((place) => differences.some((one) => one.place === place));
  const putAside = touched.filter((place) =>
    differences.some((one) => one.place === place && isPutAside(one)),
  );
  const [newest] = listRecordIds(home);
  const stamp = freeStamp(now, newest, (candidate) => isStampTaken(places, candidate));
  return {
    source: source.label,
    backup: source.backup ?? null,
    mode: "partial",
    target: stateDir,
    roots: touched.map(({ from, to, stat, strategy }) => {
      return { from, to, exists: stat !== undefined, strategy };
    }),
    ...countsOf(differences),
    databases: databasesOf(differences),
    preRestore: putAside.map(({ live, strategy }) => keptPath(live, strategy, stamp)),
    ...space.check(),
    warnings,
    exact: true,
    choice,
    entries: differences
      .flatMap((one) => [...entriesOf(one)])
      .toSorted((a, b) => compareBytes(a.path, b.path)),
    left: left.toSorted((a, b) => compareBytes(a.path, b.path)),
  };
}

/** A directory that gives way as a whole takes along what lies in it. */
function* entriesOf({ entry, place, expected }: Difference): Generator<RollbackEntry> {
  yield entry;
  for (const [live, { type, sizeBytes: size }] of expected.below ?? []) {
    const path = join(place.to, relativeTo(place.live, live));
    yield { change: "removed", path, type, sizeBytes: type === "dir" ? 0 : size };
  }
}

/** Whether something live goes to another name. */
export function isPutAside({ action, expected }: Difference): boolean {
  return action === "remove" || (action === "replace" && expected.stat !== undefined);
}

function countsOf(
  differences: readonly Difference[],
): Pick<RestorePlan, "added" | "changed" | "removed" | "kept"> {
  const counters = {
    added: new ChangeCounter(),
    changed: new ChangeCounter(),
    removed: new ChangeCounter(),
  };
  for (const entry of differences.flatMap((one) => [...entriesOf(one)])) {
    if (entry.type !== "dir") counters[entry.change].add(entry.path, entry.sizeBytes);
  }
  const { added, changed, removed } = counters;
  const kept = new ChangeCounter().total();
  return { added: added.total(), changed: changed.total(), removed: removed.total(), kept };
}

function databasesOf(differences: readonly Difference[]): RestorePlan["databases"] {
  return differences.flatMap(({ isDatabase: isOne, action, entry: { path, sizeBytes } }) =>
    isOne && action === "replace" ? [{ path, sizeBytes, action: "restore" as const }] : [],
  );
}

function directoryTimes({ entries, places }: Scene): Map<Path, bigint> {
  const times = new Map<Path, bigint>();
  for (const [path, { type, mtimeNs }] of entries) {
    const place = type === "dir" ? placeOf(places, path) : undefined;
    if (place !== undefined) times.set(place.live + path.slice(place.from.length), mtimeNs);
  }
  return times;
}

function linkTargetsOf(entries: ReadonlyMap<Path, SnapshotEntry>): Map<Path, Path> {
  const targets = new Map<Path, Path>();
  for (const [path, { type, target }] of entries) {
    if (type === "hardlink" && target !== undefined) targets.set(path, target);
  }
  return targets;
}

/** A path and all directories above it. */
export function* withParents(path: Path): Generator<Path> {
  for (let at = path; at !== "/"; at = dirname(at)) yield at;
}
