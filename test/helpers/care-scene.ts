import { hash } from "node:crypto";
import type { Repository } from "../../lib/repository/index.ts";
import {
  encodeTree,
  type Id,
  type Node,
  type StoredSnapshot,
  saveSnapshot,
  sortNodes,
} from "../../lib/repository/index.ts";
import type { ObjectStorage } from "../../lib/storage/index.ts";
import { collect } from "./chunks.ts";
import { dirNode, fileNode } from "./tree-nodes.ts";

/** Files by name, `/` between directories. */
export type Files = Readonly<Record<string, Uint8Array>>;

export interface WriteOptions {
  readonly time?: string;
  readonly signal?: AbortSignal;
  /** Waits for others that long. */
  readonly retryForMs?: number;
}

/** Makes a snapshot as a backup does: under a shared lock, packs, then indexes, then the snapshot. */
export async function writeSnapshot(
  repository: Repository,
  files: Files,
  { time = "2026-11-21T03:00:00Z", signal, retryForMs }: WriteOptions = {},
): Promise<StoredSnapshot> {
  await using _lock = await repository.lock({ signal, retryForMs });
  const index = await repository.loadIndex({ signal });
  await using saver = repository.createSaver(index, { signal });
  const saveNode = async (name: string, path: string): Promise<Node> => {
    const bytes = files[path];
    if (bytes === undefined) return dirNode(name, await saveDir(`${path}/`));
    const { id } = await saver.save("data", bytes);
    return fileNode(name, { content: [id], sizeBytes: BigInt(bytes.length) });
  };
  const saveDir = async (prefix: string): Promise<Id> => {
    const nodes: Node[] = [];
    for (const name of namesIn(files, prefix)) nodes.push(await saveNode(name, prefix + name));
    const tree = encodeTree({ nodes: sortNodes(nodes) });
    const { id } = await saver.save("tree", tree, { id: hash("sha256", tree) });
    return id;
  };
  const tree = await saveDir("");
  await saver.flush();
  const snapshot = { time, tree, paths: ["/files"], hostname: "test-host" };
  return await saveSnapshot(repository.storedFiles, snapshot, { signal });
}

function namesIn(files: Files, prefix: string): Set<string> {
  const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
  return new Set(inside.map((path) => path.slice(prefix.length).split("/")[0] ?? ""));
}

/** The keys of all objects below a prefix. */
export async function keysOf(storage: ObjectStorage, prefix: string): Promise<string[]> {
  return (await collect(storage.list(prefix))).map(({ key }) => key);
}
