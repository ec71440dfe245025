import { type FileStat, type Path, statPath } from "../../filesystem/index.ts";
import {
  type BlobSaver,
  type Id,
  type Node,
  sortNodes,
  TreeBuilder,
} from "../../repository/index.ts";
import type { NodeMaker } from "./node-maker.ts";

/** A directory above what was captured: nodes that are complete, and directories that lead on. */
interface Ancestor {
  readonly nodes: Node[];
  readonly directories: Map<string, Ancestor>;
}

/**
 * The directories between `/` and what was captured. A snapshot holds them as restic does, each with its own facts and with nothing in
 * it but the way down.
 */
export class Ancestors {
  readonly #root: Ancestor = { nodes: [], directories: new Map() };

  /** Places a complete node at its path. */
  add(path: Path, node: Node): void {
    let at = this.#root;
    for (const name of path.split("/").slice(1, -1)) {
      const next = at.directories.get(name) ?? { nodes: [], directories: new Map() };
      at.directories.set(name, next);
      at = next;
    }
    at.nodes.push(node);
  }

  /** Saves their trees, from the bottom up. @returns the root tree */
  async finish(saver: BlobSaver, nodes: NodeMaker): Promise<Id> {
    return await save(this.#root, "", saver, nodes);
  }
}

async function save(
  { nodes, directories }: Ancestor,
  path: Path,
  saver: BlobSaver,
  maker: NodeMaker,
): Promise<Id> {
  const all = [...nodes];
  for (const [name, directory] of directories) {
    const below = `${path}/${name}`;
    const subtree = await save(directory, below, saver, maker);
    all.push(maker.make(below, factsOf(below), { subtree }));
  }
  const builder = new TreeBuilder();
  for (const node of sortNodes(all)) builder.add(node);
  return (await saver.save("tree", builder.finish())).id;
}

/** Something below it was just read; should it have been moved away meanwhile, it is a plain directory of root's. */
function factsOf(path: Path): FileStat {
  const stat = statPath(path);
  return stat?.type === "dir" ? stat : { ...PLAIN, type: "dir" };
}

const PLAIN: FileStat = {
  type: "dir",
  sizeBytes: 0,
  mode: 0o755,
  mtimeNs: 0n,
  ctimeNs: 0n,
  dev: 0n,
  ino: 0n,
  nlink: 1,
  uid: 0,
  gid: 0,
};

/** Facts of something that exists in the snapshot only. */
export function ownFacts(
  type: "dir" | "file",
  at: Date,
  user: { readonly uid: number; readonly gid: number },
): FileStat {
  const timeNs = BigInt(at.getTime()) * 1_000_000n;
  const mode = type === "dir" ? 0o700 : 0o600;
  return { ...PLAIN, type, mode, mtimeNs: timeNs, ctimeNs: timeNs, uid: user.uid, gid: user.gid };
}
