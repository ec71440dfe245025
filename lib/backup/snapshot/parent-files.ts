import { isBackupError, MIB, SECOND_MS } from "../../base/index.ts";
import type { PreviousCapture } from "../../capture/index.ts";
import { type FileStat, isSameOrInside, type Path } from "../../filesystem/index.ts";
import {
  type BlobHandle,
  type BlobIndex,
  type BlobLoader,
  decodeTree,
  type Id,
  type Node,
  timestampNs,
} from "../../repository/index.ts";
import type { DatabaseIdentity } from "../../sqlite/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { ParentSnapshot } from "./parent.ts";
import type { DirectoryBefore } from "./tree-writer.ts";

/** What of the parent's trees is read ahead, encoded: those of some 40,000 files. */
const MAX_AHEAD_BYTES: number = 16 * MIB;
/**
 * A file that was written to so shortly before the previous capture began, or later, is read again: kernels before 6.13 move the clock of
 * files on by 4 to 10 ms at a time, so that a write after it was read can leave its times as they were.
 */
const UNSURE_NS: bigint = 2n * BigInt(SECOND_MS) * 1_000_000n;

/** A directory of the parent that the walk is in. */
interface Level {
  readonly path: Path;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Its tree was read; else `nodes` is empty because nothing is known. */
  isRead: boolean;
}

export interface ParentFilesOptions extends CallOptions {
  readonly parent: ParentSnapshot;
  readonly loader: BlobLoader;
  readonly index: BlobIndex;
  /** No file is taken for unchanged. @default false */
  readonly readAll?: boolean | undefined;
}

/**
 * The files of the parent snapshot, asked for in the order of a walk. A tree that cannot be read is as good as none: what is below it
 * is read again.
 */
export class ParentFiles implements PreviousCapture {
  readonly #options: ParentFilesOptions;
  /** With what each was recognised by. */
  readonly #databases: ReadonlyMap<Path, string | undefined>;
  readonly #unsureSinceNs: bigint;
  /** Encoded trees that were read ahead. */
  readonly #ahead = new Map<Id, Buffer>();
  #levels: Level[] = [];

  constructor(options: ParentFilesOptions) {
    const { snapshot, report } = options.parent;
    this.#options = options;
    this.#databases = new Map(report.databases.map(({ path, identity }) => [path, identity]));
    this.#unsureSinceNs = timestampNs(snapshot.time) - UNSURE_NS;
  }

  /** Reads trees ahead, a level of directories at a time, in few requests. */
  async prefetch(): Promise<void> {
    let bytes = 0;
    let wanted: Id[] = [this.#options.parent.snapshot.tree];
    while (wanted.length > 0 && bytes < MAX_AHEAD_BYTES) {
      const next: Id[] = [];
      for await (const loaded of this.#options.loader.loadMany(
        wanted.map(treeHandle),
        this.#options,
      )) {
        if (!("bytes" in loaded)) continue;
        this.#ahead.set(loaded.handle.id, loaded.bytes);
        bytes += loaded.bytes.length;
        next.push(...subtreesIn(loaded.bytes));
        if (bytes >= MAX_AHEAD_BYTES) break;
      }
      wanted = [...new Set(next)].filter((id) => !this.#ahead.has(id));
    }
  }

  async enter(directory: Path): Promise<void> {
    this.#leaveFor(directory);
    if (this.#levels.length === 0) await this.#push("/", this.#options.parent.snapshot.tree);
    const above = this.#levels.at(-1)?.path ?? "/";
    let path = above === "/" ? "" : above;
    for (const name of directory.slice(path.length).split("/")) {
      if (name === "") continue;
      path += `/${name}`;
      await this.#descend(path, name);
    }
  }

  isUnchanged(path: Path, stat: FileStat): boolean {
    if (this.#options.readAll || this.#databases.has(path)) return false;
    const node = this.find(path);
    return node?.type === "file" && this.#isSame(node, stat) && this.#isStored(node);
  }

  hasDatabase(path: Path, { text, changedNs }: DatabaseIdentity): boolean {
    if (this.#options.readAll || changedNs >= this.#unsureSinceNs) return false;
    return this.#databases.get(path) === text;
  }

  isUnchangedDatabase(path: Path, identity: DatabaseIdentity): boolean {
    const node = this.find(path);
    return this.hasDatabase(path, identity) && node?.type === "file" && this.#isStored(node);
  }

  /** The parent's node at a path below the directory that was entered last, or in one above it. */
  find(path: Path): Node | undefined {
    const directory = path.slice(0, path.lastIndexOf("/")) || "/";
    const level = this.#levels.findLast((each) => each.path === directory);
    return level?.nodes.get(nameOf(path));
  }

  /** The parent's directory at a path that was entered. */
  findDirectory(path: Path): DirectoryBefore | undefined {
    const node = this.find(path);
    const level = this.#levels.findLast((each) => each.path === path);
    if (node?.type !== "dir" || level === undefined) return undefined;
    return { node, nodes: level.isRead ? level.nodes : undefined };
  }

  #isSame(node: Node, stat: FileStat): boolean {
    if (stat.mtimeNs >= this.#unsureSinceNs || stat.ctimeNs >= this.#unsureSinceNs) return false;
    return (
      (node.sizeBytes ?? 0n) === BigInt(stat.sizeBytes) &&
      node.inode === stat.ino &&
      timestampNs(node.mtime) === stat.mtimeNs &&
      timestampNs(node.ctime) === stat.ctimeNs
    );
  }

  /** Whether the repository has, as far as its index knows, all of the content. */
  #isStored({ content }: Node): boolean {
    return (content ?? []).every((id) => this.#options.index.has({ type: "data", id }));
  }

  #leaveFor(directory: Path): void {
    let last = this.#levels.at(-1);
    while (
      last !== undefined &&
      (!isSameOrInside(directory, last.path) || last.path === directory)
    ) {
      this.#levels.pop();
      last = this.#levels.at(-1);
    }
  }

  async #descend(path: Path, name: string): Promise<void> {
    const above = this.#levels.at(-1);
    // One that the parent does not have stands here too, as empty: names in it must not be looked for above it.
    const node = above?.nodes.get(name);
    if (node?.subtree === undefined) this.#levels.push({ path, nodes: new Map(), isRead: false });
    else await this.#push(path, node.subtree);
  }

  async #push(path: Path, tree: Id): Promise<void> {
    const nodes = new Map<string, Node>();
    const level: Level = { path, nodes, isRead: false };
    this.#levels.push(level);
    try {
      const bytes = this.#ahead.get(tree) ?? (await this.#load(tree));
      this.#ahead.delete(tree);
      for (const node of decodeTree(bytes, tree).nodes) nodes.set(node.name, node);
      level.isRead = true;
    } catch (error) {
      if (!isBackupError(error, "data-corrupt", "data-missing", "limit-exceeded")) throw error;
    }
  }

  async #load(tree: Id): Promise<Buffer> {
    return await this.#options.loader.load(treeHandle(tree), { signal: this.#options.signal });
  }
}

function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function treeHandle(id: Id): BlobHandle {
  return { type: "tree", id };
}

/** The subtrees that an encoded tree names. Quotes in names are escaped, so that none can look like this. */
function subtreesIn(tree: Buffer): Id[] {
  const text = tree.toString("latin1");
  return [...text.matchAll(/"subtree":"([0-9a-f]{64})"/g)].map(([, id = ""]) => id);
}
