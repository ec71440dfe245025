import type { ArchiveContents, ArchiveEntry } from "../../archive/index.ts";
import type { Path } from "../../filesystem/index.ts";
import type { SnapshotContents, SnapshotEntry } from "../types.ts";
import type { SnapshotView } from "./snapshot-view.ts";

/** An entry of any backup on its way to a stage. */
export interface SourceEntry extends ArchiveEntry {
  /** All of a file's content, where it is at hand as one piece; `body` gives the same. */
  readonly whole?: Uint8Array | undefined;
}

/** Reads one backup, front to back, once. */
export interface SourceReader extends AsyncIterable<SourceEntry> {
  /** What is known once it has been read to its end. */
  contents(): ArchiveContents;
}

export interface SnapshotReaderOptions {
  readonly snapshot: SnapshotContents;
  readonly view: SnapshotView;
  readonly isWanted: (path: Path) => boolean;
  readonly onBytes?: ((total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Gives directories and links first, then the files in the order of their packs. What is not wanted is not read. */
export function snapshotReader(options: SnapshotReaderOptions): SourceReader {
  return {
    contents: () => options.view.contents,
    [Symbol.asyncIterator]: () => entries(options),
  };
}

async function* entries(options: SnapshotReaderOptions): AsyncGenerator<SourceEntry> {
  const { snapshot, view, isWanted, onBytes, signal } = options;
  const files: SnapshotEntry[] = [];
  for (const entry of view.listing.entries) {
    const path = view.pathOf(entry);
    if (path === undefined || !isWanted(path)) continue;
    if (entry.type === "file") files.push(entry);
    else yield sourceEntry(entry, view, NOTHING);
  }
  let total = 0;
  for await (const { file, content } of snapshot.readFiles(files, { signal })) {
    yield sourceEntry(file, view, content);
    total += file.sizeBytes;
    onBytes?.(total);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

function sourceEntry(
  entry: SnapshotEntry,
  { pathOf }: SnapshotView,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): SourceEntry {
  const { type, mode, mtimeNs, sizeBytes } = entry;
  const isDamaged = entry.isDamaged === true;
  // Whoever reads it names what is damaged by itself, as with archives.
  const path = isDamaged ? entry.path : (pathOf(entry) ?? entry.path);
  const target = type === "hardlink" ? pathOf({ path: entry.target ?? "" }) : entry.target;
  const role = isDamaged ? "damaged" : "payload";
  const facts = { type, role, path, storedPath: path, mode, mtimeNs, sizeBytes, target } as const;
  if (!(content instanceof Uint8Array)) return { ...facts, body: content };
  return { ...facts, whole: content, body: onlyPiece(content) };
}

async function* onlyPiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
