import { BackupError } from "../../base/index.ts";
import { type Path, statPath } from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import { join, type MappedRoot, type Place, placeOf, relativeTo } from "../layout/index.ts";
import { createSelection, isLiveDatabase } from "../scope/index.ts";
import { type KnownBackup, type KnownEntry, typeOf } from "../source/index.ts";
import type { PlanRestoreOptions, RestorePlan } from "../types.ts";
import { Comparison } from "./compare.ts";
import { expectedJudge } from "./expected-judge.ts";
import { bytesOnDisk, SpaceNeeds } from "./space.ts";

export interface PreviewOptions {
  readonly options: PlanRestoreOptions;
  readonly known: KnownBackup | undefined;
  readonly installation: Installation;
  readonly roots: readonly MappedRoot[];
  readonly places: readonly Place[];
  readonly mode: RestorePlan["mode"];
}

export type Preview = Pick<
  RestorePlan,
  "added" | "changed" | "removed" | "kept" | "databases" | "bytesNeeded" | "bytesAvailable"
>;

/**
 * Compares what the file list promises with what is live, and with the free space. Without a list only the sizes are known.
 * @throws BackupError `no-space`; `path-not-found` when nothing matches what was asked for
 */
export function preview(facts: PreviewOptions): Preview {
  const { known, options, places } = facts;
  const space = new SpaceNeeds();
  const [first] = places;
  if (known === undefined) {
    const { backup, sizeBytes } = options.source;
    if (first) space.add(first.stageParent, Math.max(backup?.bytes ?? 0, sizeBytes ?? 0));
    return { ...new Comparison().total(), databases: [], ...space.check() };
  }
  const entries = wantedEntries(known, facts);
  const comparison = new Comparison();
  for (const [path, entry] of entries) {
    const place = placeOf(places, path);
    if (place === undefined) continue;
    const rest = relativeTo(place.from, path);
    comparison.addIncoming(entry, place, rest);
    space.add(place.stageParent, bytesOnDisk(entry.sizeBytes));
  }
  if (facts.mode === "in-place") addLive(comparison, known, facts);
  const databases = [...restoredDatabases(entries, places), ...keptDatabases(known, places)];
  return { ...comparison.total(), databases, ...space.check() };
}

function wantedEntries(known: KnownBackup, facts: PreviewOptions): [Path, KnownEntry][] {
  const selection = createSelection(facts.options, known.roots.stateDir, facts.roots);
  const wanted = [...known.entries].filter(([path, entry]) => selection.wants(path, entry.class));
  if (wanted.length > 0) return wanted;
  throw new BackupError(
    "path-not-found",
    `${facts.options.source.label} holds nothing of what was asked for`,
    { hint: "see what it holds with clawback show ID --files" },
  );
}

function addLive(comparison: Comparison, known: KnownBackup, facts: PreviewOptions): void {
  const { options, installation, places } = facts;
  const incoming = {
    typeAt: (path: Path) => typeOf(known.entries.get(path)),
    staying: new Set([...omittedLive(known, places), ...(options.ownPaths ?? [])]),
  };
  for (const place of places) {
    comparison.addLive(place, incoming, expectedJudge({ options, known, installation, place }));
  }
}

/** What could not be captured, by its live path. */
function omittedLive(known: KnownBackup, places: readonly Place[]): Path[] {
  return known.omissions.flatMap(({ path }) => livePath(places, path) ?? []);
}

export function livePath(places: readonly Place[], path: Path): Path | undefined {
  const place = placeOf(places, path);
  return place === undefined ? undefined : join(place.live, relativeTo(place.from, path));
}

type PlannedDatabase = RestorePlan["databases"][number];

function restoredDatabases(
  entries: readonly [Path, KnownEntry][],
  places: readonly Place[],
): PlannedDatabase[] {
  return entries
    .filter(([path, { type }]) => type === "file" && /\.(sqlite3?|db)$/.test(path))
    .map(([path, { sizeBytes }]) => ({
      path: shownPath(places, path),
      sizeBytes,
      action: "restore",
    }));
}

function keptDatabases(known: KnownBackup, places: readonly Place[]): PlannedDatabase[] {
  return known.omissions.flatMap(({ path }): PlannedDatabase[] => {
    const live = livePath(places, path);
    const stat = live === undefined ? undefined : statPath(live);
    if (live === undefined || stat === undefined || !isLiveDatabase({ path: live, stat }))
      return [];
    return [{ path: shownPath(places, path), sizeBytes: stat.sizeBytes, action: "keep-live" }];
  });
}

function shownPath(places: readonly Place[], path: Path): Path {
  const place = placeOf(places, path);
  return place === undefined ? path : join(place.to, relativeTo(place.from, path));
}
