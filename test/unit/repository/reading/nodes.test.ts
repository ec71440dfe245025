import { expect, test } from "vitest";
import { BackupError } from "../../../../lib/base/index.ts";
import { type ListNodesOptions, listNodes } from "../../../../lib/repository/reading/index.ts";
import { encodeTree } from "../../../../lib/repository/tree/index.ts";
import { collect } from "../../../helpers/chunks.ts";
import { treeBlobs } from "../../../helpers/tree-nodes.ts";

const LITERAL = {
  a: { x: null, y: { deep: null } },
  b: null,
  c: {},
  d: { x: null, y: { deep: null } },
};

function scene(broken: (path: string) => boolean = () => false) {
  const { root, trees } = treeBlobs(LITERAL);
  const asked: number[] = [];
  const loader: ListNodesOptions["loader"] = {
    async *loadMany(handles) {
      const all = [...handles];
      asked.push(all.length);
      for (const handle of all) {
        const tree = trees.get(handle.id);
        if (tree === undefined || broken(handle.id)) {
          yield { handle, error: new BackupError("data-missing", "pack 12345678 is missing") };
        } else yield { handle, bytes: encodeTree(tree) };
      }
    },
  };
  return { root, trees, asked, loader };
}

test("directories come before what they hold, and equal ones of a level are asked for once", async () => {
  const { root, loader, asked } = scene();
  const nodes = await collect(listNodes(root, { loader }));
  const paths = nodes.map(({ path }) => path);
  expect(paths.toSorted()).toEqual(
    ["a", "a/x", "a/y", "a/y/deep", "b", "c", "d", "d/x", "d/y", "d/y/deep"].toSorted(),
  );
  for (const path of paths.filter((each) => each.includes("/"))) {
    expect(paths.indexOf(path)).toBeGreaterThan(
      paths.indexOf(path.slice(0, path.lastIndexOf("/"))),
    );
  }
  expect(asked).toEqual([1, 2, 1]);
});

test("what is not entered is not asked for", async () => {
  const { root, loader, asked } = scene();
  const options = { loader, enter: ({ path }: { path: string }) => path === "c" };
  expect((await collect(listNodes(root, options))).map(({ path }) => path)).toEqual([
    ...["a", "b", "c", "d"],
  ]);
  expect(asked).toEqual([1, 1]);
});

test("a directory whose tree is missing is named, or told while the listing goes on", async () => {
  const probe = scene();
  const y = [...probe.trees].find(([, { nodes }]) => nodes[0]?.name === "deep")?.[0];
  const { root, loader } = scene((id) => id === y);
  await expect(collect(listNodes(root, { loader }))).rejects.toMatchObject({
    code: "data-missing",
    message: 'directory "a/y" cannot be read: pack 12345678 is missing',
  });
  const problems: string[] = [];
  const onProblem = (path: string) => problems.push(path);
  const nodes = await collect(listNodes(root, { loader, onProblem }));
  expect(problems).toEqual(["a/y", "d/y"]);
  expect(nodes).toHaveLength(8);
});
