import { BackupError, quote } from "../../base/index.ts";
import type { Node } from "../../repository/index.ts";
import type { OpenedSnapshot } from "./show-snapshot.ts";

/** What a snapshot has at a path. */
export interface FoundNode {
  /** Absolute. */
  readonly path: string;
  readonly node: Node;
}

/** The absolute path that a person means: relative ones lie in the state directory. */
export function absoluteIn({ report }: Pick<OpenedSnapshot, "report">, path: string): string {
  const base = path.startsWith("/") ? [] : (report?.paths.stateDir ?? "").split("/");
  const segments = [...base, ...path.split("/")].filter((name) => name !== "" && name !== ".");
  if (segments.includes("..")) {
    throw new BackupError("invalid-argument", `path ${quote(path)} leaves the snapshot`);
  }
  return `/${segments.join("/")}`;
}

/** Walks down to one path, a tree for each directory on the way; undefined when the snapshot has nothing there. */
export async function findNode(
  opened: OpenedSnapshot,
  path: string,
  signal: AbortSignal | undefined,
): Promise<FoundNode | undefined> {
  const absolute = absoluteIn(opened, path);
  let tree: string | undefined = opened.snapshot.tree;
  let node: Node | undefined;
  for (const name of absolute.split("/").slice(1)) {
    if (tree === undefined) return undefined;
    const { nodes } = await opened.repository.loadTree(opened.loader, tree, { signal });
    node = nodes.find((each) => each.name === name);
    tree = node?.subtree;
  }
  return node === undefined ? undefined : { path: absolute, node };
}

/** @throws BackupError `path-not-found` */
export async function getNode(
  opened: OpenedSnapshot,
  path: string,
  signal: AbortSignal | undefined,
): Promise<FoundNode> {
  const found = await findNode(opened, path, signal);
  if (found !== undefined) return found;
  const id = opened.snapshot.id.slice(0, 8);
  const message = `snapshot ${id} has nothing at ${quote(absoluteIn(opened, path))}`;
  throw new BackupError("path-not-found", message, {
    hint: `see what it holds with: clawback show ${id} --files`,
  });
}
