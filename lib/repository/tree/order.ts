import { compareByteText, quote } from "../../base/index.ts";
import type { Node } from "./types.ts";

/** Sorts nodes as a tree holds them: by the bytes of their names. */
export function sortNodes<T extends Pick<Node, "name">>(nodes: readonly T[]): T[] {
  return nodes.toSorted((a, b) => compareByteText(a.name, b.name));
}

/** What is wrong with `name` after `last` (empty before the first); undefined when it is in order. */
export function faultOfOrder(name: string, last: string): string | undefined {
  if (compareByteText(name, last) > 0) return undefined;
  if (name === "") return "a node has no name";
  const found = name === last ? "is there twice" : `comes after ${quote(last)}`;
  return `node ${quote(name)} ${found}`;
}
