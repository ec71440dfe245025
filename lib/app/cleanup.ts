import { join } from "node:path";
import { removeTree, statPath, walk } from "../filesystem/index.ts";
import { listPreRestore, type PreRestore, removePreRestore } from "../restore/index.ts";
import type { AppContext } from "./context.ts";
import { asPruner } from "./repositories/index.ts";
import { targetStateDir } from "./restore.ts";
import { findAbandoned, sweepAbandoned, type UnfinishedArchive } from "./retention/index.ts";

export interface CleanupPlan {
  readonly preRestore: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly state: PreRestore;
  }[];
  readonly uncommitted: readonly UnfinishedArchive[];
  /** What is kept of the storages on this machine, when it is to go as well. */
  readonly cache?: { readonly path: string; readonly bytes: number } | undefined;
  /** Storages that could not be looked at. */
  readonly warnings: readonly string[];
}

export interface CleanupReport {
  readonly removed: number;
  readonly bytes: number;
  /** Interrupted uploads that were ended. */
  readonly uploads: number;
  readonly warnings: readonly string[];
}

/**
 * What restores have kept and killed runs have left. Reads only.
 * @param options - `cache`: the local cache, too; what it holds is read from the storages again.
 */
export async function planCleanup(
  app: AppContext,
  options: { readonly cache?: boolean | undefined } = {},
): Promise<CleanupPlan> {
  const { home } = app.settings;
  const kept = listPreRestore({ home, stateDir: await targetStateDir(app), measure: true });
  const { found, warnings } = await findAbandoned(app);
  return {
    preRestore: kept.map((state) => ({
      path: state.paths.join(", "),
      bytes: state.sizeBytes ?? 0,
      state,
    })),
    uncommitted: found,
    ...(options.cache ? { cache: measureCache(home) } : {}),
    warnings,
  };
}

function measureCache(home: string): CleanupPlan["cache"] {
  const path = join(home, "cache");
  if (statPath(path) === undefined) return undefined;
  let bytes = 0;
  for (const { stat } of walk(path)) if (stat.type === "file") bytes += stat.sizeBytes;
  return { path, bytes };
}

/** Removes what the plan lists, and ends interrupted uploads older than three days. */
export async function applyCleanup(app: AppContext, plan: CleanupPlan): Promise<CleanupReport> {
  await removePreRestore(
    app.settings.home,
    plan.preRestore.map(({ state }) => state),
  );
  const {
    removed: swept,
    uploads,
    warnings,
  } = await asPruner(app, (pruner) => sweepAbandoned(pruner, plan.uncommitted));
  const { cache } = plan;
  if (cache !== undefined) removeTree(cache.path);
  const removed: { readonly bytes: number }[] = [...plan.preRestore, ...swept];
  if (cache !== undefined) removed.push(cache);
  const bytes = removed.reduce((sum, item) => sum + item.bytes, 0);
  return { removed: removed.length, bytes, uploads, warnings };
}
