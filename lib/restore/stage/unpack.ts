import { type ArchiveContents, readArchive } from "../../archive/index.ts";
import { MIB, type OperationOptions } from "../../base/index.ts";
import { assertArchiveOf } from "../../catalog/index.ts";
import type { Path } from "../../filesystem/index.ts";
import {
  archiveBytes,
  type Keys,
  StoredBytes,
  snapshotReader,
  viewSnapshot,
} from "../source/index.ts";
import type { ArchiveSource, RestoreSource, SnapshotSource } from "../types.ts";
import type { CheckedDatabase } from "./databases.ts";
import type { Stage } from "./stage.ts";
import type { StagedTree } from "./staged-tree.ts";
import { Unpacker } from "./unpacker.ts";

const PROGRESS_BYTES: number = 4 * MIB;

export interface UnpackOptions extends OperationOptions {
  readonly source: RestoreSource;
  readonly keys: Keys;
  /** The stage for a path of the backup. */
  readonly stageFor: (path: Path) => Stage;
  /** What to unpack; everything when it is not known yet what is wanted. */
  readonly isWanted: (path: Path) => boolean;
  /** Says, once the backup has told all, what of that is to stay unpacked. */
  readonly select: (contents: ArchiveContents, staged: StagedTree) => (path: Path) => boolean;
  /** Databases stand alone in the archive, so that each can be checked as soon as it is written. */
  readonly areDatabasesWhole: boolean;
}

/** A backup that was read to its end, and all of whose bytes are those that were recorded. */
export interface Unpacked {
  readonly contents: ArchiveContents;
  readonly staged: StagedTree;
  readonly databases: readonly CheckedDatabase[];
  /** Directories in the stages to be removed once their writers are finished. */
  readonly leftovers: readonly Path[];
  readonly warnings: readonly string[];
}

/**
 * Unpacks a backup into stages, in one pass, and checks it: an archive's stored size and hash, and every file's hash against the list in
 * the archive; a snapshot's blobs, each by the hash that names it; every database. What the list says could not be captured whole is
 * taken out again. Links are recorded with the stages' writers; they are made when those are finished.
 *
 * @throws BackupError `data-corrupt`, `data-missing`, `manifest-mismatch`, `wrong-password`, `path-outside-target`, `limit-exceeded`,
 *   `unsupported-format`, `no-space`, and what the source throws.
 */
export async function unpack(options: UnpackOptions): Promise<Unpacked> {
  const { source } = options;
  const unpacker = new Unpacker(options);
  try {
    const contents =
      source.snapshot === undefined
        ? await readArchiveInto(unpacker, source, options)
        : await readSnapshotInto(unpacker, source, options);
    const warnings = unpacker.conclude(contents);
    const leftovers = await unpacker.prune(options.select(contents, unpacker.staged));
    options.onProgress?.({ type: "phase", phase: "checking databases" });
    const databases = await unpacker.checkDatabases();
    await unpacker.finishEntries();
    return { contents, staged: unpacker.staged, databases, leftovers, warnings };
  } finally {
    await unpacker.abandon();
  }
}

async function readArchiveInto(
  unpacker: Unpacker,
  source: ArchiveSource,
  options: UnpackOptions,
): Promise<ArchiveContents> {
  const { keys, signal } = options;
  const stored = new StoredBytes(source, reportProgress(source.sizeBytes, options));
  try {
    const contents = await unpacker.readAll(readArchive(archiveBytes(stored, keys), { signal }));
    await stored.finish();
    if (source.backup !== undefined) assertArchiveOf(source.backup, contents.clawback);
    return contents;
  } finally {
    await unpacker.abandon();
    await stored.close();
  }
}

async function readSnapshotInto(
  unpacker: Unpacker,
  source: SnapshotSource,
  options: UnpackOptions,
): Promise<ArchiveContents> {
  const { isWanted, signal } = options;
  const { snapshot } = source;
  // What it may not be used for was refused when the restore was planned.
  const view = await viewSnapshot(source, { isPart: true, signal });
  const onBytes = reportProgress(view.contents.bytes, options);
  return await unpacker.readAll(snapshotReader({ snapshot, view, isWanted, onBytes, signal }));
}

/** Tells how far the download is, every few megabytes. */
function reportProgress(
  totalBytes: number | undefined,
  { onProgress }: UnpackOptions,
): (bytes: number) => void {
  let next = 0;
  onProgress?.({ type: "phase", phase: "unpacking" });
  return (bytes) => {
    if (bytes < next && bytes !== totalBytes) return;
    next = bytes + PROGRESS_BYTES;
    onProgress?.({ type: "progress", bytes, totalBytes });
  };
}
