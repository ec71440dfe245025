import { BackupError } from "../../base/index.ts";
import type { ArchiveInput, ArchiveStream, WriteArchiveOptions } from "../types.ts";

/** Writes an archive as a stream; nothing is read from `entries` before the stream is iterated. */
export function writeArchive(
  _entries: AsyncIterable<ArchiveInput>,
  _options: WriteArchiveOptions,
): ArchiveStream {
  throw new BackupError("internal", "not written yet");
}
