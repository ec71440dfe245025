import { type BackupError, isBackupError } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader, LoadedBlob } from "../blob-store/index.ts";
import { IdSet } from "../index-file/index.ts";
import { decodeTree, type Tree } from "../tree/index.ts";
import type { Id } from "../types.ts";

export interface WalkTreesOptions extends CallOptions {
  readonly loader: BlobLoader;
  /** Trees that are not entered; those that are met are added. @default none */
  readonly seen?: IdSet | undefined;
}

/** A tree, or why it cannot be read. */
export type VisitedTree =
  | { readonly id: Id; readonly tree: Tree }
  | { readonly id: Id; readonly error: BackupError };

/** Asked for at once: neighbours in a pack come with one request. */
const BATCH = 256;

/**
 * Gives every tree below `roots` once, in no order that means anything. Below a tree that cannot be read nothing is known.
 *
 * A tree that many directories share is read once, so the time follows what is stored, not what it unfolds to.
 * @throws BackupError what the storage throws; `cancelled`
 */
export async function* walkTrees(
  roots: Iterable<Id>,
  options: WalkTreesOptions,
): AsyncGenerator<VisitedTree, void, undefined> {
  const { loader, signal, seen = new IdSet() } = options;
  const waiting: Id[] = [];
  for (const root of roots) if (seen.add(root)) waiting.push(root);
  while (waiting.length > 0) {
    // From the end: the newest trees, so that few wait at any time.
    const batch = waiting.splice(-BATCH).map((id) => ({ type: "tree", id }) as const);
    for await (const loaded of loader.loadMany(batch, { signal })) {
      const visited = decode(loaded);
      yield visited;
      if ("error" in visited) continue;
      for (const subtree of newSubtrees(visited.tree, seen)) waiting.push(subtree);
    }
  }
}

function* newSubtrees({ nodes }: Tree, seen: IdSet): Generator<Id, void, undefined> {
  for (const { type, subtree } of nodes) {
    if (type === "dir" && subtree !== undefined && seen.add(subtree)) yield subtree;
  }
}

function decode(loaded: LoadedBlob): VisitedTree {
  const { id } = loaded.handle;
  if ("error" in loaded) return { id, error: loaded.error };
  try {
    return { id, tree: decodeTree(loaded.bytes, id) };
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return { id, error };
  }
}
