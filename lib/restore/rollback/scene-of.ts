import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import { join, type Place, placeOf, relativeTo } from "../layout/index.ts";
import type { AcceptedRoots } from "../plan/index.ts";
import {
  createSelection,
  type Judge,
  judgeByScope,
  judgeWithoutScope,
  parseScope,
  type RecordedScope,
} from "../scope/index.ts";
import type { KnownBackup } from "../source/index.ts";
import type { SnapshotEntry } from "../types.ts";
import type { Scene } from "./scene.ts";
import type { PlanRollbackOptions } from "./types.ts";

/** Kernels take an inode's times from a clock of coarse ticks, and the capture took its time before it looked. */
const MARGIN_NS = 2_000_000_000n;

/** Puts together what a comparison works with. */
export async function sceneOf(
  options: PlanRollbackOptions,
  facts: {
    readonly known: KnownBackup;
    readonly accepted: AcceptedRoots;
    readonly places: readonly Place[];
  },
): Promise<Scene> {
  const { source, choice, installation, signal, ownPaths = [] } = options;
  const { known, accepted, places } = facts;
  const { facts: said } = source.snapshot;
  const selection = createSelection(choice, known.roots.stateDir, accepted.roots);
  const scope = parseScope(known.contents?.clawback);
  const listing = await source.snapshot.list({ signal });
  const entries = new Map<Path, SnapshotEntry>();
  for (const entry of listing.entries) {
    if (entry.isDamaged !== true && known.entries.has(entry.path)) entries.set(entry.path, entry);
  }
  const omitted = known.omissions.flatMap(({ path }) => {
    const place = placeOf(places, path);
    return place === undefined ? [] : [join(place.live, relativeTo(place.from, path))];
  });
  return {
    places,
    installation,
    entries,
    snapshot: source.snapshot,
    selects: (path, entryClass) => {
      if (entryClass === "databases" && !choice.withDatabases) return false;
      if (choice.only === undefined && isConfigCopy(path)) return false;
      return selection.wants(path, entryClass);
    },
    classOf: known.classOf ?? (() => "other"),
    databases: new Map((said?.databases ?? []).map(({ path, identity }) => [path, identity])),
    withDatabases: choice.withDatabases,
    unchangedBeforeNs: timeOf(said?.createdAt) - MARGIN_NS,
    judgeFor: ({ from }) =>
      scope === undefined
        ? judgeWithoutScope(installation, false)
        : judgeIn(scope, installation, from),
    staying: new Set([...omitted, ...ownPaths]),
  };
}

/** OpenClaw keeps earlier configs by itself (`.bak`, `.last-good`), and again as soon as the config is rolled back: only by their names. */
function isConfigCopy(path: Path): boolean {
  return /\/(openclaw|clawdbot)\.json\.[^/]+$/.test(path);
}

/** Rules are relative to the root that they were recorded for, in which something may be mounted by itself. */
function judgeIn(scope: RecordedScope, installation: Installation, from: Path): Judge {
  const roots = scope.roots.filter(({ path }) => isSameOrInside(from, path));
  const root = roots.toSorted((a, b) => b.path.length - a.path.length)[0]?.path ?? from;
  const judge = judgeByScope(scope, installation, root);
  const above = relativeTo(root, from);
  if (above === "") return judge;
  return (entry) => judge({ ...entry, relativePath: join(above, entry.relativePath) });
}

function timeOf(createdAt: string | undefined): bigint {
  return BigInt(new Date(createdAt ?? 0).getTime()) * 1_000_000n;
}
