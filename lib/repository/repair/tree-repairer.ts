import { hash } from "node:crypto";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobLoader, BlobSaver } from "../blob-store/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import { type Damage, isLost } from "../inventory/index.ts";
import type { Repository } from "../repository.ts";
import { decodeTree, encodeTree, type Node, type Tree } from "../tree/index.ts";
import type { Id } from "../types.ts";

export interface TreeRepairerOptions extends CallOptions {
  readonly loader: BlobLoader;
  readonly index: BlobIndex;
  readonly damage: Damage;
}

/** Writes trees again without what is lost. A tree that many snapshots share is written once. */
export class TreeRepairer {
  readonly #repository: Repository;
  readonly #options: TreeRepairerOptions;
  readonly #done = new Map<Id, Id>();
  #saver: BlobSaver | undefined;

  constructor(repository: Repository, options: TreeRepairerOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  /** @returns the tree without what is lost, itself when nothing is; undefined when it cannot be read */
  async repair(id: Id): Promise<Id | undefined> {
    const { damage, loader, signal } = this.#options;
    const done = this.#done.get(id);
    if (done !== undefined) return done;
    if (!damage.isReadable({ type: "tree", id })) return undefined;
    const tree = decodeTree(await loader.load({ type: "tree", id }, { signal }), id);
    const nodes: Node[] = [];
    for (const node of tree.nodes) {
      const kept = await this.#repairNode(node);
      if (kept !== undefined) nodes.push(kept);
    }
    const isChanged =
      nodes.length !== tree.nodes.length || nodes.some((node, i) => node !== tree.nodes[i]);
    const repaired = isChanged ? await this.#save({ ...tree, nodes }) : id;
    this.#done.set(id, repaired);
    return repaired;
  }

  /** Stores what was written. Snapshots may name it then. */
  async flush(): Promise<void> {
    const saver = this.#saver;
    this.#saver = undefined;
    if (saver === undefined) return;
    await using _ = saver;
    await saver.flush();
  }

  async #repairNode(node: Node): Promise<Node | undefined> {
    if (isLost(node, this.#options.damage)) return undefined;
    if (node.type !== "dir" || node.subtree === undefined) return node;
    const subtree = await this.repair(node.subtree);
    if (subtree === undefined) return undefined;
    return subtree === node.subtree ? node : { ...node, subtree };
  }

  async #save(tree: Tree): Promise<Id> {
    const { index, signal } = this.#options;
    const bytes = encodeTree(tree);
    const id = hash("sha256", bytes, "hex");
    this.#saver ??= this.#repository.createSaver(index, { signal });
    await this.#saver.save("tree", bytes, { id });
    return id;
  }
}
