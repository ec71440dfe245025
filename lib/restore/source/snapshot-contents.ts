import { BackupError, quote } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import {
  type BlobIndex,
  type BlobLoader,
  type Id,
  isSameContent,
  listNodes,
  type MasterKey,
  type Node,
  type OpenedFile,
  permissionsOf,
  readFiles,
  timestampNs,
} from "../../repository/index.ts";
import type {
  ListSnapshotOptions,
  SnapshotContents,
  SnapshotEntry,
  SnapshotFacts,
  SnapshotListing,
} from "../types.ts";

/** What Clawback stores about a snapshot lies there in its tree. */
const OWN = ".clawback";
const DAMAGED = `${OWN}/damaged`;

export interface OpenSnapshotOptions {
  /** The snapshot's root tree. */
  readonly tree: Id;
  readonly facts: SnapshotFacts | undefined;
  readonly loader: BlobLoader;
  readonly index: BlobIndex;
  /** The repository's key, where much is to be opened in a thread of its own. */
  readonly threadKey?: MasterKey | undefined;
}

/** Opens what a snapshot holds. Nothing is read yet. */
export function openSnapshotContents(options: OpenSnapshotOptions): SnapshotContents {
  const { facts, loader, index, threadKey } = options;
  let listing: Promise<SnapshotListing> | undefined;
  return {
    facts,
    list: async (listOptions = {}) => {
      if (listOptions.onProblem !== undefined) return await listAll(options, listOptions);
      listing ??= listAll(options, listOptions);
      try {
        return await listing;
      } catch (error) {
        listing = undefined;
        throw error;
      }
    },
    hasContent: ({ content }, file) =>
      isSameContent(content, (offset, length) => file.read(offset, length), index),
    readFiles: async function* (entries, { signal } = {}) {
      const reading = { loader, index, signal, threadKey };
      for await (const { file, content } of readFiles(entries, reading)) {
        yield { file, content: named(file.path, content) };
      }
    },
  };
}

async function listAll(
  { tree, facts, loader }: OpenSnapshotOptions,
  { signal, onProblem }: ListSnapshotOptions,
): Promise<SnapshotListing> {
  const entries: SnapshotEntry[] = [];
  const odd: { path: Path; type: string }[] = [];
  const links = new HardLinks();
  const told = onProblem && ((path: string, error: BackupError) => onProblem(`/${path}`, error));
  for await (const { path: name, node } of listNodes(tree, { loader, signal, onProblem: told })) {
    const isOwn = facts !== undefined && isIn(name, OWN);
    if (isOwn && !isDamagedDatabase(name, node)) continue;
    const path = isOwn ? name.slice(DAMAGED.length) : `/${name}`;
    const entry = entryOf(path, node, onProblem);
    if (entry === undefined) odd.push(...oddities(path, node));
    else entries.push(isOwn ? { ...entry, isDamaged: true } : links.join(entry, node));
  }
  return { entries, odd };
}

const isDamagedDatabase = (name: string, { type }: Node): boolean =>
  isIn(name, DAMAGED) && type === "file";

const KINDS: ReadonlySet<string> = new Set(["file", "dir", "symlink"]);

function oddities(path: Path, { type }: Node): SnapshotListing["odd"] {
  return KINDS.has(type) ? [] : [{ path, type }];
}

const isIn = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

function entryOf(
  path: Path,
  node: Node,
  onProblem: ListSnapshotOptions["onProblem"],
): SnapshotEntry | undefined {
  const { type } = node;
  if (type !== "file" && type !== "dir" && type !== "symlink") return undefined;
  const facts = { mode: permissionsOf(node.mode), mtimeNs: timestampNs(node.mtime) };
  if (type === "dir") return { path, type, ...facts, sizeBytes: 0, content: [] };
  if (type === "symlink") {
    return { path, type, ...facts, sizeBytes: 0, target: node.linkTarget ?? "", content: [] };
  }
  const sizeBytes = Number(node.sizeBytes ?? 0n);
  if (node.content !== null) return { path, type, ...facts, sizeBytes, content: node.content };
  const message = `file ${quote(path)}: its node has no content`;
  const error = new BackupError("data-corrupt", message, { details: { path } });
  if (onProblem === undefined) throw error;
  onProblem(path, error);
  return undefined;
}

/** Tells which files are one, by device and inode; only nodes that say that they have several links are looked at. */
class HardLinks {
  readonly #first = new Map<string, SnapshotEntry>();

  join(entry: SnapshotEntry, { type, links = 1n, inode = 0n, deviceId = 0n }: Node): SnapshotEntry {
    if (type !== "file" || links < 2n || inode === 0n) return entry;
    const key = `${deviceId}:${inode}`;
    const first = this.#first.get(key);
    if (first === undefined) {
      this.#first.set(key, entry);
      return entry;
    }
    // One that changed between its two names was two files to the tool that stored them.
    const { content, path } = first;
    const isSame =
      content.length === entry.content.length && content.every((id, i) => id === entry.content[i]);
    return isSame ? { ...entry, type: "hardlink", target: path, sizeBytes: 0 } : entry;
  }
}

/** The same content, whose failures say of which file. */
function named(
  path: Path,
  content: OpenedFile<SnapshotEntry>["content"],
): OpenedFile<SnapshotEntry>["content"] {
  return content instanceof Uint8Array ? content : namedPieces(path, content);
}

async function* namedPieces(
  path: Path,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } catch (error) {
    if (error instanceof BackupError && error.category === "integrity") throw inFile(path, error);
    throw error;
  }
}

function inFile(path: Path, cause: BackupError): BackupError {
  return new BackupError(cause.code, `file ${quote(path)}: ${cause.message}`, {
    details: { ...cause.details, path },
    hint: cause.hint,
    cause,
  });
}
