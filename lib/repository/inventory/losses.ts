import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader } from "../blob-store/index.ts";
import type { StoredSnapshot } from "../snapshot/index.ts";
import { decodeTree, type Node, walkTree } from "../tree/index.ts";
import type { Id } from "../types.ts";
import type { Damage } from "./damage.ts";
import { walkTrees } from "./walk-trees.ts";

/** A file that cannot be restored whole, or a directory of which not even the names are known. */
export interface Loss {
  readonly snapshotId: Id;
  /** Of the snapshot. */
  readonly time: string;
  /** From the root of the snapshot, with a leading slash; `/` for all of it. */
  readonly path: string;
  readonly type: "file" | "dir";
  /** Of a file, as recorded. */
  readonly sizeBytes?: number | undefined;
}

export interface FindLossesOptions extends CallOptions {
  readonly loader: BlobLoader;
  readonly damage: Damage;
}

/**
 * Says what damage costs: every file and directory of every snapshot that cannot be read whole. Trees are read once to find those with
 * damage below them; after that only these are entered.
 */
export async function* findLosses(
  snapshots: readonly StoredSnapshot[],
  options: FindLossesOptions,
): AsyncGenerator<Loss, void, undefined> {
  const affected = await findAffectedTrees(snapshots, options);
  for (const snapshot of snapshots) {
    if (!affected.has(snapshot.tree)) continue;
    yield* lossesOf(snapshot, affected, options);
  }
}

/** Whether a node is lost itself; what is below a readable directory is another question. */
export function isLost(node: Node, damage: Damage): boolean {
  if (node.type === "dir") {
    return node.subtree === undefined || !damage.isReadable({ type: "tree", id: node.subtree });
  }
  if (node.type !== "file") return false;
  return (
    node.content === null || !node.content.every((id) => damage.isReadable({ type: "data", id }))
  );
}

/** Every tree that is damaged, or lists something lost, and all trees above those. */
async function findAffectedTrees(
  snapshots: readonly StoredSnapshot[],
  { loader, damage, signal }: FindLossesOptions,
): Promise<Set<Id>> {
  const parents = new Map<Id, Id[]>();
  const affected = new Set<Id>();
  const roots = snapshots.map(({ tree }) => tree);
  for await (const visited of walkTrees(roots, { loader, signal })) {
    if ("error" in visited) damage.addTree(visited.id);
    const nodes = "error" in visited ? [] : visited.tree.nodes;
    if ("error" in visited || nodes.some((node) => isLost(node, damage))) affected.add(visited.id);
    for (const id of subtreesOf(nodes)) parents.set(id, [...(parents.get(id) ?? []), visited.id]);
  }
  // A set gives what is added while it is gone through.
  for (const id of affected) for (const parent of parents.get(id) ?? []) affected.add(parent);
  return affected;
}

function subtreesOf(nodes: readonly Node[]): Id[] {
  return nodes.flatMap(({ type, subtree }) => (type === "dir" && subtree ? [subtree] : []));
}

async function* lossesOf(
  { id: snapshotId, time, tree }: StoredSnapshot,
  affected: ReadonlySet<Id>,
  { loader, damage, signal }: FindLossesOptions,
): AsyncGenerator<Loss, void, undefined> {
  if (!damage.isReadable({ type: "tree", id: tree })) {
    yield { snapshotId, time, path: "/", type: "dir" };
    return;
  }
  const nodes = walkTree(tree, {
    signal,
    loadTree: async (id) => decodeTree(await loader.load({ type: "tree", id }, { signal }), id),
    enter: ({ node }) => !isLost(node, damage) && affected.has(node.subtree ?? ""),
  });
  for await (const { path, node } of nodes) {
    if (!isLost(node, damage)) continue;
    const type = node.type === "dir" ? "dir" : "file";
    const sizeBytes = type === "dir" ? undefined : Number(node.sizeBytes ?? 0n);
    yield { snapshotId, time, path: `/${path}`, type, sizeBytes };
  }
}
