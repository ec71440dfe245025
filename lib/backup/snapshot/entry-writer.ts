import { BackupError, quote } from "../../base/index.ts";
import type { CaptureEntry } from "../../capture/index.ts";
import type { SnapshotDatabase } from "../../catalog/index.ts";
import type { Path } from "../../filesystem/index.ts";
import type { Node } from "../../repository/index.ts";
import type { FileSaver, SavedContent } from "./file-saver.ts";
import type { NodeMaker } from "./node-maker.ts";
import type { ParentFiles } from "./parent-files.ts";
import type { TreeWriter } from "./tree-writer.ts";
import type { SnapshotChanges } from "./types.ts";

type FileEntry = Extract<CaptureEntry, { type: "file" }>;
type LinkEntry = Extract<CaptureEntry, { type: "hardlink" }>;

/** What has gone into the snapshot so far. */
export interface Written {
  files: number;
  /** A hard link counts nothing. */
  bytes: number;
  readonly databases: SnapshotDatabase[];
  /** The raw bytes of damaged databases, which do not stand at their places. */
  readonly damaged: { readonly path: Path; readonly node: Node }[];
  readonly changes: { -readonly [K in keyof SnapshotChanges]: SnapshotChanges[K] };
}

export interface EntryWriterOptions {
  readonly files: FileSaver;
  readonly nodes: NodeMaker;
  readonly trees: TreeWriter;
  readonly parent: ParentFiles | undefined;
}

/** Stores the entries of a capture in their order: contents as blobs, each entry as a node of its directory's tree. */
export class EntryWriter {
  readonly #options: EntryWriterOptions;
  /** Contents of files with several names, by the path that was stored first. */
  readonly #linked = new Map<Path, SavedContent>();
  readonly written: Written = {
    files: 0,
    bytes: 0,
    databases: [],
    damaged: [],
    changes: {
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: 0,
      dirsNew: 0,
      dirsChanged: 0,
      dirsUnmodified: 0,
    },
  };

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  async write(entry: CaptureEntry): Promise<void> {
    const { trees, nodes, parent } = this.#options;
    switch (entry.type) {
      case "dir":
        return await trees.openDirectory(entry.path, entry.stat, parent?.findDirectory(entry.path));
      case "file":
        return await this.#writeFile(entry);
      case "symlink": {
        const before = parent?.find(entry.path);
        const node = nodes.make(entry.path, entry.stat, { linkTarget: entry.target }, before);
        return await trees.add(entry.path, node);
      }
      case "hardlink":
        return await this.#writeLink(entry);
      case "omission":
        return undefined;
    }
  }

  /** Counts a directory whose tree is complete. */
  readonly countDirectory = (node: Node, before: Node | undefined): void => {
    const { changes } = this.written;
    if (before?.subtree === undefined) changes.dirsNew++;
    else if (before.subtree === node.subtree) changes.dirsUnmodified++;
    else changes.dirsChanged++;
  };

  async #writeFile(entry: FileEntry): Promise<void> {
    const { path, stat } = entry;
    const before = this.#options.parent?.find(path);
    const saved = entry.unchanged ? contentOf(path, before) : await this.#save(entry, before);
    if (entry.settle?.() !== undefined) return;
    const node = this.#nodeOf(entry, saved, before);
    if (entry.damaged) {
      this.written.damaged.push({ path, node });
      return;
    }
    await this.#options.trees.add(path, node);
    if (entry.database !== undefined) {
      const identity = entry.database.identity?.text;
      this.written.databases.push(identity === undefined ? { path } : { path, identity });
    }
    if (entry.database === undefined && stat.nlink > 1) this.#linked.set(path, saved);
    this.#countFile(saved, before);
    this.written.bytes += saved.sizeBytes;
  }

  #nodeOf(
    { path, stat, unchanged, database }: FileEntry,
    { content, sizeBytes }: SavedContent,
    before: Node | undefined,
  ): Node {
    const { nodes } = this.#options;
    if (unchanged && database === undefined && before !== undefined) {
      return nodes.keep(path, stat, before);
    }
    return nodes.make(path, { ...stat, type: "file", sizeBytes }, { content }, before);
  }

  async #save(entry: FileEntry, before: Node | undefined): Promise<SavedContent> {
    const { files } = this.#options;
    return entry.database === undefined
      ? await files.saveFile(entry.content)
      : await files.saveDatabase(entry.content, entry.sizeBytes, before);
  }

  async #writeLink({ path, stat, target }: LinkEntry): Promise<void> {
    const saved = this.#linked.get(target);
    if (saved === undefined) {
      throw new BackupError("internal", `${quote(path)} is a link to what was not stored`);
    }
    const before = this.#options.parent?.find(path);
    const facts = { ...stat, type: "file" as const, sizeBytes: saved.sizeBytes };
    const node = this.#options.nodes.make(path, facts, { content: saved.content }, before);
    await this.#options.trees.add(path, node);
    this.#countFile(saved, before);
  }

  #countFile({ content }: SavedContent, before: Node | undefined): void {
    const { changes } = this.written;
    this.written.files++;
    if (before?.content == null) changes.filesNew++;
    else if (isEqual(before.content, content)) changes.filesUnmodified++;
    else changes.filesChanged++;
  }
}

/** What the parent has of an unchanged file. */
function contentOf(path: Path, before: Node | undefined): SavedContent {
  if (before?.content != null) {
    return { content: before.content, sizeBytes: Number(before.sizeBytes ?? 0n) };
  }
  throw new BackupError("internal", `${quote(path)} is unchanged, but was not there before`);
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
