import { type Path, pathExists } from "../../filesystem/index.ts";
import type { PreRestoreRecord } from "../kept/index.ts";
import { CHANGED } from "./saved.ts";
import type { Difference, PreparedRollback, RollbackReport } from "./types.ts";

/** What has become of a rollback. */
export type Done = Omit<RollbackReport, "durationMs" | "before">;

export function nothingDone({ plan }: PreparedRollback): Done {
  const { backup, target } = plan;
  const restored = { files: 0, bytes: 0 };
  const nothing = { removed: 0, adjusted: 0, refused: [], warnings: [] };
  return {
    backup,
    target,
    preRestore: null,
    plan: { ...plan, preRestore: [] },
    restored,
    ...nothing,
  };
}

/** Counts what was done; `gone` had changed meanwhile. */
export function reportOf(
  { plan }: PreparedRollback,
  differences: readonly Difference[],
  gone: ReadonlySet<Path>,
): Omit<Done, "preRestore" | "warnings" | "plan"> {
  const done = differences.filter(({ live }) => !gone.has(live));
  const paths = new Map(differences.map(({ live, entry }) => [live, entry.path]));
  const files = done.filter(({ action, entry }) => action === "replace" && entry.type === "file");
  return {
    backup: plan.backup,
    target: plan.target,
    restored: {
      files: files.length,
      bytes: files.reduce((sum, { entry }) => sum + entry.sizeBytes, 0),
    },
    removed: done.filter(({ action, entry }) => action === "remove" && entry.type !== "dir").length,
    adjusted: done.filter(({ action }) => action === "adjust").length,
    refused: [...gone].sort().map((live) => {
      return { path: paths.get(live) ?? live, reason: CHANGED };
    }),
  };
}

/** Where what was put aside stands. */
export function keptOf(
  { plan }: PreparedRollback,
  record: PreRestoreRecord | null,
): Pick<Done, "preRestore" | "plan"> {
  const kept = (record?.trees ?? []).map((tree) => tree.kept).filter(pathExists);
  return { preRestore: kept[0] ?? null, plan: { ...plan, preRestore: kept } };
}
