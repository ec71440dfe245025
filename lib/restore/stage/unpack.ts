import { type ArchiveContents, readArchive } from "../../archive/index.ts";
import { MIB, type OperationOptions } from "../../base/index.ts";
import { assertArchiveOf } from "../../catalog/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { archiveBytes, type Keys, StoredBytes } from "../source/index.ts";
import type { RestoreSource } from "../types.ts";
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
  /** Says, once the archive has told all, what of that is to stay unpacked. */
  readonly select: (contents: ArchiveContents, staged: StagedTree) => (path: Path) => boolean;
  /** Databases stand alone in the archive, so that each can be checked as soon as it is written. */
  readonly areDatabasesWhole: boolean;
}

/** An archive that was read to its end, and all of whose bytes are those that were recorded. */
export interface Unpacked {
  readonly contents: ArchiveContents;
  readonly staged: StagedTree;
  readonly databases: readonly CheckedDatabase[];
  /** Directories in the stages to be removed once their writers are finished. */
  readonly leftovers: readonly Path[];
  readonly warnings: readonly string[];
}

/**
 * Unpacks an archive into stages, in one pass over its stored bytes, and checks it: stored size and hash, every file's hash against the
 * list in the archive, every database. What the list says could not be captured whole is taken out again. Links are recorded
 * with the stages' writers; they are made when those are finished.
 *
 * @throws BackupError `data-corrupt`, `data-missing`, `manifest-mismatch`, `wrong-password`, `path-outside-target`, `limit-exceeded`,
 *   `unsupported-format`, `no-space`, and what the source throws.
 */
export async function unpack(options: UnpackOptions): Promise<Unpacked> {
  const { source, keys, signal, onProgress } = options;
  const stored = new StoredBytes(source, reportProgress(options));
  const unpacker = new Unpacker(options);
  try {
    const contents = await unpacker.readAll(readArchive(archiveBytes(stored, keys), { signal }));
    await stored.finish();
    if (source.backup !== undefined) assertArchiveOf(source.backup, contents.clawback);
    const warnings = unpacker.conclude(contents);
    const leftovers = await unpacker.prune(options.select(contents, unpacker.staged));
    onProgress?.({ type: "phase", phase: "checking databases" });
    const databases = await unpacker.checkDatabases();
    await unpacker.finishEntries();
    return { contents, staged: unpacker.staged, databases, leftovers, warnings };
  } finally {
    await unpacker.abandon();
    await stored.close();
  }
}

/** Tells how far the download is, every few megabytes. */
function reportProgress({ source, onProgress }: UnpackOptions): (bytes: number) => void {
  const totalBytes = source.sizeBytes;
  let next = 0;
  onProgress?.({ type: "phase", phase: "unpacking" });
  return (bytes) => {
    if (bytes < next && bytes !== totalBytes) return;
    next = bytes + PROGRESS_BYTES;
    onProgress?.({ type: "progress", bytes, totalBytes });
  };
}
