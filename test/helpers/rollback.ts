import type { Repository } from "../../lib/repository/index.ts";
import {
  type ApplyRollbackOptions,
  applyRollback,
  type PlanRollbackOptions,
  type PreparedRollback,
  planRollback,
  type RollbackChoice,
  type RollbackReport,
  type SavedNow,
  type SnapshotFacts,
  type SnapshotSource,
} from "../../lib/restore/index.ts";
import { initTestRepository } from "./repository.ts";
import { type Machine, NOW } from "./restore-machine.ts";
import { snapshotFacts, snapshotSource, storeTree } from "./snapshots.ts";

/** A machine that takes snapshots into a repository in memory, and goes back to them. */
export interface Rewinder {
  /** Stores what the machine has now. */
  take(facts?: Partial<SnapshotFacts>): Promise<SnapshotSource>;
  plan(
    source: SnapshotSource,
    choice?: Partial<RollbackChoice>,
    options?: Partial<PlanRollbackOptions>,
  ): Promise<PreparedRollback>;
  apply(
    prepared: PreparedRollback,
    options?: Partial<ApplyRollbackOptions>,
  ): Promise<RollbackReport>;
  /** Takes the snapshot of now. */
  saveNow(): Promise<SavedNow>;
  /** The snapshots that were taken before rollbacks, by their ids. */
  readonly saved: ReadonlyMap<string, SnapshotSource>;
}

export async function rewinder(
  box: Machine,
  roots: readonly { readonly kind: string; readonly path: string }[] = [
    { kind: "state", path: box.stateDir },
  ],
  repository?: Repository,
): Promise<Rewinder> {
  const stored = repository ?? (await initTestRepository());
  const saved = new Map<string, SnapshotSource>();
  const paths = roots.map(({ path }) => path);
  const plain = snapshotFacts(box.stateDir);
  const scopeRoots = roots.map((root) => ({ ...root, excluded: [], included: [], forced: [] }));
  const common: SnapshotFacts = {
    ...plain,
    assets: roots.map(({ kind, path }) => ({ kind, sourcePath: path })),
    scope: { ...plain.scope, roots: scopeRoots },
  };
  const take: Rewinder["take"] = async (facts = {}) => {
    const { snapshot } = await storeTree(stored, paths);
    return await snapshotSource(stored, snapshot.tree, { ...common, ...facts });
  };
  const saveNow = async (): Promise<SavedNow> => {
    const source = await take();
    const id = `${saved.size + 1}`.padStart(64, "0");
    saved.set(id, source);
    const before = { id, storage: "memory", instance: "agent-1" };
    return { before, contents: source.snapshot, degraded: false };
  };
  return {
    take,
    saveNow,
    saved,
    plan: (source, choice = {}, options = {}) =>
      planRollback({
        source,
        choice: { withDatabases: false, ...choice },
        stateDir: box.stateDir,
        installation: box.installation({ roots: roots as never }),
        environment: {},
        home: box.home,
        now: NOW,
        ...options,
      }),
    apply: (prepared, options = {}) => applyRollback(prepared, { saveNow, ...options }),
  };
}

/** `+ workspace/a.md`, `M openclaw.json (mode)`, `- workspace/new`. */
export function outlineOf({ plan }: Pick<PreparedRollback, "plan">): string[] {
  const signs = { added: "+", changed: "M", removed: "-" };
  return plan.entries.map(({ change, path, what = [] }) => {
    const told = what.length === 0 ? "" : ` (${what.join(", ")})`;
    return `${signs[change]} ${path.replace(`${plan.target}/`, "")}${told}`;
  });
}
