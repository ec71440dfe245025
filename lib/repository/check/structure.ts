import { count, formatSize } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader } from "../blob-store/index.ts";
import { BlobSet } from "../index-file/index.ts";
import { type Inventory, walkTrees } from "../inventory/index.ts";
import { shortId } from "../stored-file/index.ts";
import type { Node } from "../tree/index.ts";
import type { Id } from "../types.ts";
import type { Findings } from "./findings.ts";

export interface StructureOptions extends CallOptions {
  readonly inventory: Inventory;
  readonly loader: BlobLoader;
  readonly findings: Findings;
}

/** What restic's check looks at without reading data. */
export async function checkStructure(
  options: StructureOptions,
): Promise<{ readonly trees: number; readonly files: number }> {
  const { inventory, findings } = options;
  for (const { id, error } of inventory.indexProblems) {
    findings.add({ code: "index-damaged", message: error.message, id });
  }
  for (const id of inventory.index.conflicts) {
    findings.suspects.add(id);
    const message = `pack ${shortId(id)} stands in two indexes with different content, or in parts`;
    findings.add({ code: "index-conflict", message, id });
  }
  for (const { id, error } of inventory.snapshots.problems) {
    findings.add({ code: "snapshot-damaged", message: error.message, id });
  }
  checkPacks(inventory, findings);
  if (inventory.snapshots.snapshots.length === 0) {
    findings.notice("no-snapshots", "there is no snapshot");
  }
  return await checkTrees(options);
}

function checkPacks({ index, packs }: Inventory, findings: Findings): void {
  let mixed = 0;
  for (const { packId, blobs, sizeBytes } of index.packs()) {
    const stored = packs.get(packId);
    if (stored === undefined) findings.addMissingPack(packId);
    else if (stored.sizeBytes !== sizeBytes && !index.conflicts.has(packId)) {
      findings.addPackSize(packId, sizeBytes, stored.sizeBytes);
    }
    if (blobs.some(({ type }) => type !== blobs[0]?.type)) mixed += 1;
  }
  if (mixed > 0) {
    findings.notice(
      "pack-mixed",
      `${count(mixed, "pack")} with both data and trees; prune sorts them`,
    );
  }
  const spare = [...packs].filter(([packId]) => !index.hasPack(packId));
  if (spare.length === 0) return;
  const bytes = spare.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
  const message = `${count(spare.length, "pack")} (${formatSize(bytes)}) in no index, left by runs that were cut short or by prune, which deletes them`;
  findings.notice("pack-unreferenced", message);
}

async function checkTrees({
  inventory,
  loader,
  findings,
  signal,
}: StructureOptions): Promise<{ readonly trees: number; readonly files: number }> {
  const missing = new BlobSet();
  let trees = 0;
  let files = 0;
  const roots = inventory.snapshots.snapshots.map(({ tree }) => tree);
  for await (const visited of walkTrees(roots, { loader, signal })) {
    trees += 1;
    if ("error" in visited) {
      findings.damage.addTree(visited.id);
      findings.add({ code: "tree-damaged", message: visited.error.message, id: visited.id });
      continue;
    }
    for (const node of visited.tree.nodes) {
      if (node.type === "file") files += 1;
      checkNode(node, visited.id, { inventory, findings, missing });
    }
  }
  return { trees, files };
}

function checkNode(
  { name, type, content, subtree }: Node,
  treeId: Id,
  context: Pick<StructureOptions, "inventory" | "findings"> & { readonly missing: BlobSet },
): void {
  const { inventory, findings, missing } = context;
  const where = `${JSON.stringify(name)} in tree ${shortId(treeId)}`;
  if (type === "dir" && subtree === undefined) {
    findings.add({
      code: "tree-damaged",
      message: `directory ${where} has no subtree`,
      id: treeId,
    });
  }
  if (type !== "file") return;
  if (content === null) {
    findings.add({ code: "tree-damaged", message: `file ${where} has no content`, id: treeId });
  }
  for (const id of content ?? []) {
    const handle = { type: "data", id } as const;
    if (!inventory.index.has(handle) && missing.add(handle)) findings.addMissingBlob(handle, where);
  }
}
