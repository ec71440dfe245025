import { BackupError, quote } from "../../base/index.ts";
import { type FileStat, isSameOrInside, type Path } from "../../filesystem/index.ts";
import { type BlobSaver, type Id, type Node, TreeBuilder } from "../../repository/index.ts";
import { type NodeMaker, nameOf } from "./node-maker.ts";

/** A directory whose entries are still coming. */
interface OpenDirectory {
  readonly path: Path;
  readonly stat: FileStat;
  readonly nodes: Node[];
  readonly before: DirectoryBefore | undefined;
}

/** The same directory in the snapshot before. */
export interface DirectoryBefore {
  readonly node: Node;
  /** What it held; undefined where that could not be read. */
  readonly nodes: ReadonlyMap<string, Node> | undefined;
}

export interface TreeWriterOptions {
  readonly saver: BlobSaver;
  readonly nodes: NodeMaker;
  /** Given each root when it is complete. */
  readonly onRoot: (path: Path, node: Node) => void;
  readonly onDirectory?: ((node: Node, before: Node | undefined) => void) | undefined;
}

/**
 * Turns entries in the order of a walk into trees: a directory's tree is saved when the walk has left it, and its node goes into the
 * tree of the directory above.
 */
export class TreeWriter {
  readonly #options: TreeWriterOptions;
  readonly #open: OpenDirectory[] = [];

  constructor(options: TreeWriterOptions) {
    this.#options = options;
  }

  async openDirectory(
    path: Path,
    stat: FileStat,
    before?: DirectoryBefore | undefined,
  ): Promise<void> {
    await this.leaveFor(path);
    this.#open.push({ path, stat, nodes: [], before });
  }

  /** Adds anything but a directory. */
  async add(path: Path, node: Node): Promise<void> {
    await this.leaveFor(path);
    this.#place(path, node);
  }

  /** Saves the trees of all directories that do not hold `path`. */
  async leaveFor(path: Path): Promise<void> {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (last.path !== path && isSameOrInside(path, last.path)) return;
      await this.#close();
    }
  }

  /** Saves the trees that are still open. */
  async finish(): Promise<void> {
    while (this.#open.length > 0) await this.#close();
  }

  async #close(): Promise<void> {
    const directory = this.#open.pop();
    if (directory === undefined) return;
    const { path, stat, before } = directory;
    const subtree = unchangedTree(directory) ?? (await this.#save(directory.nodes));
    const node = this.#options.nodes.make(path, stat, { subtree }, before?.node);
    this.#options.onDirectory?.(node, before?.node);
    this.#place(path, node);
  }

  async #save(nodes: readonly Node[]): Promise<Id> {
    const builder = new TreeBuilder();
    for (const node of nodes) builder.add(node);
    return (await this.#options.saver.save("tree", builder.finish())).id;
  }

  #place(path: Path, node: Node): void {
    const above = this.#open.at(-1);
    if (above === undefined) this.#options.onRoot(path, node);
    else if (path === joined(above.path, nameOf(path))) above.nodes.push(node);
    else throw new BackupError("internal", `${quote(path)} came without its directory`);
  }
}

/** The tree before, when it holds exactly the same nodes: then nothing has to be encoded. */
function unchangedTree({ nodes, before }: OpenDirectory): Id | undefined {
  const known = before?.nodes;
  if (known === undefined || known.size !== nodes.length) return undefined;
  return nodes.every((node) => known.get(node.name) === node) ? before?.node.subtree : undefined;
}

function joined(directory: Path, name: Path): Path {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
