import { assertNotCancelled, BackupError, count, quote, toBackupError } from "../../base/index.ts";
import type { Id } from "../types.ts";
import type { Node, Tree } from "./types.ts";

/** A node met on a walk. */
export interface WalkedNode {
  /** Relative to the walk's root, `/` between names. */
  readonly path: string;
  readonly node: Node;
  /** The tree that lists it. */
  readonly treeId: Id;
  /** 1 for the nodes of the root tree. */
  readonly depth: number;
}

export interface WalkTreeOptions {
  readonly loadTree: (id: Id) => Promise<Tree>;
  /** Asked for each directory after it was given; `false` leaves out what lies below it. */
  readonly enter?: ((directory: WalkedNode) => boolean) | undefined;
  /**
   * Told of a directory whose tree could not be loaded; the walk goes on beside it. `path` is empty for the root.
   * @default the walk ends with the error
   */
  readonly onProblem?: ((path: string, error: BackupError) => void) | undefined;
  /** Directories within directories. @default 2048: a path cannot be deeper on Linux */
  readonly maxDepth?: number | undefined;
  /** All nodes met, because trees that share subtrees can unfold without end. @default 100,000,000 */
  readonly maxNodes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tree on the way from the root to the current node, and how far it has been given. */
interface Level {
  readonly treeId: Id;
  readonly tree: Tree;
  /** With its slash; empty for the root. */
  readonly prefix: string;
  next: number;
}

/**
 * Gives every node below a tree, each directory before what it holds, in the order of the trees. One tree a level is in memory.
 * A tree cannot hold itself, as its name is the hash of what it holds; the depth is bounded all the same.
 * @throws BackupError `data-corrupt` for a directory without a tree; `limit-exceeded`, `cancelled`; what `loadTree` throws
 */
export async function* walkTree(root: Id, options: WalkTreeOptions): AsyncGenerator<WalkedNode> {
  const { maxDepth = 2048, maxNodes = 100_000_000 } = options;
  const levels: Level[] = [];
  let total = 0;
  await descend(levels, root, "", options);
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    assertNotCancelled(options.signal);
    const node = level.tree.nodes[level.next++];
    if (node === undefined) {
      levels.pop();
      continue;
    }
    if (++total > maxNodes) throw tooMany(root, `holds more than ${count(maxNodes, "node")}`);
    const { treeId } = level;
    const walked = { path: level.prefix + node.name, node, treeId, depth: levels.length };
    yield walked;
    if (node.type !== "dir" || options.enter?.(walked) === false) continue;
    if (levels.length >= maxDepth) throw tooMany(root, `is deeper than ${maxDepth} directories`);
    await descend(levels, node.subtree, walked.path, options);
  }
}

async function descend(
  levels: Level[],
  treeId: Id | undefined,
  path: string,
  { loadTree, onProblem }: WalkTreeOptions,
): Promise<void> {
  try {
    if (treeId === undefined) throw withoutTree(path, levels.at(-1)?.treeId);
    const tree = await loadTree(treeId);
    levels.push({ treeId, tree, prefix: path === "" ? "" : `${path}/`, next: 0 });
  } catch (error) {
    const failure = toBackupError(error);
    if (onProblem === undefined || failure.code === "cancelled") throw error;
    onProblem(path, failure);
  }
}

function withoutTree(path: string, listedIn: Id | undefined): BackupError {
  return new BackupError(
    "data-corrupt",
    `tree ${listedIn}: directory ${quote(path)} has no subtree`,
  );
}

function tooMany(root: Id, what: string): BackupError {
  return new BackupError("limit-exceeded", `tree ${root}: ${what}`);
}
