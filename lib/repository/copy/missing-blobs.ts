import { MIB } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader } from "../blob-store/index.ts";
import type { BlobIndex, BlobSet } from "../index-file/index.ts";
import { walkTrees } from "../inventory/index.ts";
import type { Tree } from "../tree/index.ts";
import type { BlobHandle, Id } from "../types.ts";

export interface MissingBlobsOptions extends CallOptions {
  /** Of the source. */
  readonly loader: BlobLoader;
  readonly source: BlobIndex;
  readonly target: BlobIndex;
  /** What was looked at; shared by the snapshots of one run, so that nothing is looked at twice. */
  readonly seen: BlobSet;
  readonly portionBytes?: number | undefined;
}

const DEFAULT_PORTION_BYTES: number = 256 * MIB;
const PORTION_BLOBS = 20_000;

/**
 * Gives the blobs that a tree needs and the target lacks, in portions. A tree that the target has is entered all the same: a copy that
 * was broken off may have brought it before what it names.
 * @throws BackupError `data-missing`, `data-corrupt`, `limit-exceeded` for a tree that cannot be read; what the storage throws
 */
export async function* missingBlobs(
  root: Id,
  options: MissingBlobsOptions,
): AsyncGenerator<readonly BlobHandle[], void, undefined> {
  const { loader, source, target, seen, signal } = options;
  const { portionBytes = DEFAULT_PORTION_BYTES } = options;
  let portion: BlobHandle[] = [];
  let bytes = 0;
  for await (const visited of walkTrees([root], { loader, seen: seen.tree, signal })) {
    if ("error" in visited) throw visited.error;
    for (const handle of handlesOf(visited, seen)) {
      if (target.has(handle)) continue;
      portion.push(handle);
      bytes += source.find(handle)?.lengthBytes ?? 0;
    }
    if (bytes < portionBytes && portion.length < PORTION_BLOBS) continue;
    yield portion;
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) yield portion;
}

/** A tree, and what its files hold that was not met before. */
function* handlesOf(
  { id, tree }: { readonly id: Id; readonly tree: Tree },
  { data }: BlobSet,
): Generator<BlobHandle, void, undefined> {
  yield { type: "tree", id };
  for (const { content } of tree.nodes) {
    for (const blob of content ?? []) if (data.add(blob)) yield { type: "data", id: blob };
  }
}
