import { describe, expect, test } from "vitest";
import { BackupError } from "../../../../lib/base/index.ts";
import {
  type Tree,
  type WalkTreeOptions,
  walkTree,
} from "../../../../lib/repository/tree/index.ts";
import { dirNode, treeBlobs } from "../../../helpers/tree-nodes.ts";

const ID = "3f2a91c0".repeat(8);

async function pathsOf(
  { root, trees }: { root: string; trees: Map<string, Tree> },
  options: Partial<WalkTreeOptions> = {},
): Promise<string[]> {
  const loadTree = async (id: string) => {
    const tree = trees.get(id);
    if (tree === undefined) throw new BackupError("data-missing", `tree ${id} is missing`);
    return tree;
  };
  const paths: string[] = [];
  for await (const { path, depth } of walkTree(root, { loadTree, ...options })) {
    paths.push(`${depth} ${path}`);
  }
  return paths;
}

const blobs = treeBlobs({
  "a.txt": null,
  b: { c: { "d.txt": null }, "x\udcff": null },
  "b.txt": null,
});

describe("walking a tree", () => {
  test("gives each directory before what it holds, in byte order", async () => {
    expect(await pathsOf(blobs)).toEqual([
      ...["1 a.txt", "1 b", "2 b/c", "3 b/c/d.txt", "2 b/x\udcff", "1 b.txt"],
    ]);
  });

  test("leaves out what it is told not to enter", async () => {
    const enter = ({ path }: { path: string }) => path !== "b/c";
    expect(await pathsOf(blobs, { enter })).not.toContain("3 b/c/d.txt");
  });

  test("ends with the failure of a tree, or tells it and goes on beside", async () => {
    const missing = { root: blobs.root, trees: new Map([...blobs.trees].slice(1)) };
    await expect(pathsOf(missing)).rejects.toMatchObject({ code: "data-missing" });
    const problems: string[] = [];
    const onProblem = (path: string, error: BackupError) => problems.push(`${path} ${error.code}`);
    expect(await pathsOf(missing, { onProblem })).toEqual([
      ...["1 a.txt", "1 b", "2 b/c", "2 b/x\udcff", "1 b.txt"],
    ]);
    expect(problems).toEqual(["b/c data-missing"]);
    expect(await pathsOf({ root: ID, trees: new Map() }, { onProblem })).toEqual([]);
  });

  test("a directory without a subtree is damage", async () => {
    const trees = new Map([[ID, { nodes: [dirNode("d", undefined)] }]]);
    await expect(pathsOf({ root: ID, trees })).rejects.toMatchObject({
      code: "data-corrupt",
      message: `tree ${ID}: directory "d" has no subtree`,
    });
  });

  test("ends where trees are nested or unfold beyond all measure", async () => {
    // No hash leads to itself, but a forged loader shows what an endless tree would do.
    const endless = async () => ({ nodes: [dirNode("d", ID)] });
    const drain = async (options: WalkTreeOptions) => {
      for await (const _ of walkTree(ID, options));
    };
    const limit = { code: "limit-exceeded" };
    await expect(drain({ loadTree: endless, maxDepth: 50 })).rejects.toMatchObject(limit);
    const broad = async () => ({ nodes: ["a", "b", "c"].map((name) => dirNode(name, ID)) });
    const bomb = drain({
      loadTree: broad,
      maxDepth: 20,
      maxNodes: 1000,
      enter: (d) => d.depth < 20,
    });
    await expect(bomb).rejects.toMatchObject(limit);
  });

  test("stops when it is cancelled", async () => {
    const signal = AbortSignal.abort();
    await expect(pathsOf(blobs, { signal })).rejects.toMatchObject({ code: "cancelled" });
  });
});
