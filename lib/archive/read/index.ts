import { BackupError, MIB } from "../../base/index.ts";
import type { ArchiveLimits, ArchiveReader } from "../types.ts";

export interface ReadArchiveOptions {
  /** Merged over {@link DEFAULT_ARCHIVE_LIMITS}. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 2_000_000,
  maxBytes: 4 * 1024 * 1024 * MIB,
  maxPathBytes: 16_384,
  maxDepth: 512,
  maxExpansion: 1100,
  maxManifestBytes: MIB,
};

/**
 * Reads one archive front to back: ours, `openclaw backup create`'s, or a plain tar of a state directory; gzip, zstd or not compressed.
 */
export function readArchive(
  _source: AsyncIterable<Uint8Array>,
  _options: ReadArchiveOptions = {},
): ArchiveReader {
  throw new BackupError("internal", "not written yet");
}
