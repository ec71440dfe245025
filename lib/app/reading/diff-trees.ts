import { compareByteText } from "../../base/index.ts";
import { REPORT_DIRECTORY } from "../../catalog/index.ts";
import {
  type Id,
  listNodes,
  type Node,
  permissionsOf,
  timestampNs,
} from "../../repository/index.ts";
import type { OpenedSnapshot } from "./show-snapshot.ts";
import type { FoundNode } from "./snapshot-paths.ts";

/** One path that differs. */
export interface DiffEntry {
  readonly change: "added" | "removed" | "changed";
  readonly path: string;
  readonly type: Node["type"];
  /** In the second snapshot; of what was removed, in the first. */
  readonly sizeBytes: number;
  /** What differs of something that both have. */
  readonly what?: readonly ("type" | "content" | "mode" | "time" | "target")[] | undefined;
}

export interface TreeSide {
  readonly opened: OpenedSnapshot;
  /** Undefined where the snapshot has nothing there. */
  readonly at: FoundNode | undefined;
}

/** A pair of directories or other nodes of one path. */
interface Pair {
  readonly path: string;
  readonly a: Node | undefined;
  readonly b: Node | undefined;
}

/** Compares what lies at two places. Directories that are the same tree are not looked into: a day's changes take a few requests. */
export async function compareTrees(
  a: TreeSide,
  b: TreeSide,
  signal: AbortSignal | undefined,
): Promise<DiffEntry[]> {
  const entries: DiffEntry[] = [];
  const path = a.at?.path ?? b.at?.path ?? "";
  const pairs: Pair[] = [{ path, a: a.at?.node, b: b.at?.node }];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (pair.path !== "") entries.push(...entriesOf(pair));
    const [before, after] = [directoryOf(pair.a), directoryOf(pair.b)];
    if (before === after) continue;
    if (before !== undefined && after !== undefined) {
      const trees = [
        await a.opened.repository.loadTree(a.opened.loader, before, { signal }),
        await b.opened.repository.loadTree(b.opened.loader, after, { signal }),
      ] as const;
      pairs.push(...pairsOf(pair.path, trees[0].nodes, trees[1].nodes));
    } else if (before !== undefined) {
      entries.push(
        ...(await allBelow({ change: "removed", path: pair.path, tree: before }, a, signal)),
      );
    } else if (after !== undefined) {
      entries.push(
        ...(await allBelow({ change: "added", path: pair.path, tree: after }, b, signal)),
      );
    }
  }
  return entries.sort((x, y) => compareByteText(x.path, y.path));
}

function pairsOf(path: string, a: readonly Node[], b: readonly Node[]): Pair[] {
  const after = new Map(b.map((node) => [node.name, node]));
  const before = new Set(a.map(({ name }) => name));
  const isOwn = (name: string) => path === "" && name === REPORT_DIRECTORY;
  const pairs = [
    ...a.map((node) => ({ path: `${path}/${node.name}`, a: node, b: after.get(node.name) })),
    ...b
      .filter(({ name }) => !before.has(name))
      .map((node) => ({ path: `${path}/${node.name}`, a: undefined, b: node })),
  ];
  return pairs.filter(({ a: x, b: y }) => !isOwn((x ?? y)?.name ?? ""));
}

interface OneSided {
  readonly change: "added" | "removed";
  readonly path: string;
  readonly tree: Id;
}

async function allBelow(
  { change, path, tree }: OneSided,
  { opened: { loader } }: TreeSide,
  signal: AbortSignal | undefined,
): Promise<DiffEntry[]> {
  const entries: DiffEntry[] = [];
  for await (const { path: name, node } of listNodes(tree, { loader, signal })) {
    entries.push(entryOf(change, `${path}/${name}`, node));
  }
  return entries;
}

function entriesOf({ path, a, b }: Pair): DiffEntry[] {
  if (a === undefined) return b === undefined ? [] : [entryOf("added", path, b)];
  if (b === undefined) return [entryOf("removed", path, a)];
  const what = differences(a, b);
  return what.length === 0 ? [] : [{ ...entryOf("changed", path, b), what }];
}

function entryOf(change: DiffEntry["change"], path: string, node: Node): DiffEntry {
  return { change, path, type: node.type, sizeBytes: Number(node.sizeBytes ?? 0n) };
}

/** The time of a directory says no more than what changed in it does. */
function differences(a: Node, b: Node): NonNullable<DiffEntry["what"]>[number][] {
  if (a.type !== b.type) return ["type"];
  const isTimed = a.type === "file" && timestampNs(a.mtime) !== timestampNs(b.mtime);
  return [
    ...(JSON.stringify(a.content) === JSON.stringify(b.content) ? [] : (["content"] as const)),
    ...(a.linkTarget === b.linkTarget ? [] : (["target"] as const)),
    ...(permissionsOf(a.mode) === permissionsOf(b.mode) ? [] : (["mode"] as const)),
    ...(isTimed ? (["time"] as const) : []),
  ];
}

function directoryOf(node: Node | undefined): string | undefined {
  return node?.type === "dir" ? node.subtree : undefined;
}
