import { BackupError, count, MIB } from "../../base/index.ts";
import { type JsonObject, parseExactJson } from "../go-json/index.ts";
import type { Id } from "../types.ts";
import { decodeNode, readUnknown } from "./decode-node.ts";
import { faultOfOrder } from "./order.ts";
import type { Node, Tree } from "./types.ts";

export interface TreeLimits {
  /** @default 128 MiB: a file of 50 GB in pieces of 32 KiB, or 250,000 small files in one directory */
  readonly maxBytes?: number | undefined;
  /** @default 1,000,000 */
  readonly maxNodes?: number | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(["nodes"]);

/**
 * Decodes the bytes of a tree blob: names strictly ascending, every field that is used later checked, unknown ones kept.
 *
 * @param id - Of the blob; for messages only, the bytes have been compared with it where they were loaded.
 * @throws BackupError `data-corrupt`, `limit-exceeded`; both name the tree
 */
export function decodeTree(bytes: Uint8Array, id: Id, limits: TreeLimits = {}): Tree {
  const { maxBytes = 128 * MIB, maxNodes = 1_000_000 } = limits;
  const subject = `tree ${id}`;
  const fields = parseExactJson(bytes, { subject, maxBytes });
  const values = readNodes(fields, subject);
  if (values.length > maxNodes) {
    const found = `has ${count(values.length, "node")}, more than ${count(maxNodes, "node")}`;
    throw new BackupError("limit-exceeded", `${subject}: ${found}`);
  }
  const nodes = values.map((value, index) => decodeNode(value, { subject, index }));
  assertAscending(nodes, subject);
  const unknown = readUnknown(fields, KNOWN, (what) => damaged(subject, what));
  return unknown === undefined ? { nodes } : { nodes, unknown };
}

/** Old versions of restic wrote `null` for an empty directory. */
function readNodes(fields: JsonObject, subject: string): readonly unknown[] {
  if (!Object.hasOwn(fields, "nodes")) throw damaged(subject, "has no nodes");
  if (fields.nodes === null) return [];
  if (!Array.isArray(fields.nodes)) throw damaged(subject, "nodes is no list");
  return fields.nodes;
}

function assertAscending(nodes: readonly Node[], subject: string): void {
  let last = "";
  for (const { name } of nodes) {
    const fault = faultOfOrder(name, last);
    if (fault !== undefined) throw damaged(subject, fault);
    last = name;
  }
}

function damaged(subject: string, what: string): BackupError {
  return new BackupError("data-corrupt", `${subject}: ${what}`);
}
