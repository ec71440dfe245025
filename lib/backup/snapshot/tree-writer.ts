import { BackupError, quote } from "../../base/index.ts";
import { type FileStat, isSameOrInside, type Path } from "../../filesystem/index.ts";
import { type BlobSaver, type Node, TreeBuilder } from "../../repository/index.ts";
import { type NodeMaker, nameOf } from "./node-maker.ts";

/** A directory whose entries are still coming. */
interface OpenDirectory {
  readonly path: Path;
  readonly stat: FileStat;
  readonly builder: TreeBuilder;
  /** The same directory in the snapshot before. */
  readonly before: Node | undefined;
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

  async openDirectory(path: Path, stat: FileStat, before: Node | undefined): Promise<void> {
    await this.leaveFor(path);
    this.#open.push({ path, stat, builder: new TreeBuilder(), before });
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
    const { path, stat, builder, before } = directory;
    const { saver, nodes, onDirectory } = this.#options;
    const { id: subtree } = await saver.save("tree", builder.finish());
    const node = nodes.make(path, stat, { subtree });
    onDirectory?.(node, before);
    this.#place(path, node);
  }

  #place(path: Path, node: Node): void {
    const above = this.#open.at(-1);
    if (above === undefined) this.#options.onRoot(path, node);
    else if (path === joined(above.path, nameOf(path))) above.builder.add(node);
    else throw new BackupError("internal", `${quote(path)} came without its directory`);
  }
}

function joined(directory: Path, name: Path): Path {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
