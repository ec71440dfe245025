import { assertNotCancelled, BackupError, count, quote } from "../../base/index.ts";
import type { BlobLoader } from "../blob-store/index.ts";
import { decodeTree, type Node, type Tree } from "../tree/index.ts";
import type { Id } from "../types.ts";

/** A node and where it stands. */
export interface ListedNode {
  /** Relative to the tree, `/` between names. */
  readonly path: string;
  readonly node: Node;
}

export interface ListNodesOptions {
  readonly loader: Pick<BlobLoader, "loadMany">;
  /** Asked for each directory; `false` leaves out what lies below it. */
  readonly enter?: ((directory: ListedNode) => boolean) | undefined;
  /** Told of a directory whose tree cannot be read, and the listing goes on beside it. @default the listing ends with the error */
  readonly onProblem?: ((path: string, error: BackupError) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is asked for at once; the answers are held until the level's turn. */
const TREES_AT_ONCE = 512;
const MAX_DEPTH = 2048;
/** Trees that share subtrees can unfold without end. */
const MAX_NODES = 100_000_000;

interface Directory {
  readonly path: string;
  readonly subtree: Id;
}

/**
 * Gives every node below a tree, directories level by level, each before what it holds. One request reads many trees, where a walk down each branch would
 * take one for every directory.
 * @throws BackupError `data-missing`, `data-corrupt` naming the directory; `limit-exceeded`, `cancelled`; what the storage throws
 */
export async function* listNodes(root: Id, options: ListNodesOptions): AsyncGenerator<ListedNode> {
  let level: Directory[] = [{ path: "", subtree: root }];
  let total = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const below: Directory[] = [];
    for await (const { path, tree } of loadLevel(level, options)) {
      total += tree.nodes.length;
      assertBounded(root, depth, total);
      for (const node of tree.nodes) {
        const listed = { path: path === "" ? node.name : `${path}/${node.name}`, node };
        yield listed;
        if (node.type === "dir") below.push(...entered(listed, options));
      }
    }
    level = below;
  }
}

function entered(directory: ListedNode, options: ListNodesOptions): Directory[] {
  if (options.enter?.(directory) === false) return [];
  const { path, node } = directory;
  if (node.subtree !== undefined) return [{ path, subtree: node.subtree }];
  report(path, withoutTree(), options);
  return [];
}

/** The trees of one level, in its order. */
async function* loadLevel(
  level: readonly Directory[],
  options: ListNodesOptions,
): AsyncGenerator<{ readonly path: string; readonly tree: Tree }> {
  for (let start = 0; start < level.length; start += TREES_AT_ONCE) {
    assertNotCancelled(options.signal);
    const directories = level.slice(start, start + TREES_AT_ONCE);
    const trees = await loadTrees(new Set(directories.map(({ subtree }) => subtree)), options);
    for (const { path, subtree } of directories) {
      const tree = trees.get(subtree);
      if (tree instanceof BackupError) report(path, tree, options);
      else if (tree !== undefined) yield { path, tree };
    }
  }
}

async function loadTrees(
  ids: ReadonlySet<Id>,
  { loader, signal }: ListNodesOptions,
): Promise<Map<Id, Tree | BackupError>> {
  const trees = new Map<Id, Tree | BackupError>();
  const handles = [...ids].map((id) => ({ type: "tree" as const, id }));
  for await (const loaded of loader.loadMany(handles, { signal })) {
    const { id } = loaded.handle;
    trees.set(id, "error" in loaded ? loaded.error : tryDecode(loaded.bytes, id));
  }
  return trees;
}

function tryDecode(bytes: Uint8Array, id: Id): Tree | BackupError {
  try {
    return decodeTree(bytes, id);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
}

function report(path: string, cause: BackupError, { onProblem }: ListNodesOptions): void {
  const where = path === "" ? "the root directory" : `directory ${quote(path)}`;
  const { code, details, hint } = cause;
  const error = new BackupError(code, `${where} cannot be read: ${cause.message}`, {
    details: { ...details, path },
    hint,
    cause,
  });
  if (onProblem === undefined) throw error;
  onProblem(path, error);
}

function withoutTree(): BackupError {
  return new BackupError("data-corrupt", "its node names no tree");
}

function assertBounded(root: Id, depth: number, nodes: number): void {
  const isDeep = depth > MAX_DEPTH;
  if (!isDeep && nodes <= MAX_NODES) return;
  const what = isDeep
    ? `is deeper than ${MAX_DEPTH} directories`
    : `holds more than ${count(MAX_NODES, "node")}`;
  throw new BackupError("limit-exceeded", `tree ${root}: ${what}`);
}
