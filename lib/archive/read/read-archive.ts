import { BackupError } from "../../base/index.ts";
import type { ArchiveContents, ArchiveReader } from "../types.ts";
import { ArchiveReading } from "./archive-reading.ts";
import { type ReadArchiveOptions, resolveReadOptions } from "./options.ts";

/**
 * Reads one archive front to back, once: ours, one of `openclaw backup create`, or a plain tar of a state directory; gzip, zstd or
 * not compressed.
 *
 * Nothing it gives can be trusted before the iteration has ended: checksums, manifest and file list come last. A content that was not read when the next
 * entry is asked for is skipped. Memory: a few MiB, 20 to 45 bytes an entry, and the parsed file list.
 * @throws BackupError while iterated: `unsupported-format`, `data-corrupt`, `data-missing`, `manifest-mismatch`, `limit-exceeded`,
 *   `path-outside-target`, `cancelled`, and whatever `source` throws.
 */
export function readArchive(
  source: AsyncIterable<Uint8Array>,
  options: ReadArchiveOptions = {},
): ArchiveReader {
  const reading = new ArchiveReading(source, resolveReadOptions(options));
  let contents: ArchiveContents | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      yield* reading.entries();
      contents = reading.contents();
    },
    contents() {
      if (contents !== undefined) return contents;
      throw new BackupError("internal", "archive: asked for its contents before it was read");
    },
  };
}
