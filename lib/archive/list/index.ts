import { BackupError } from "../../base/index.ts";
import type { FileList } from "../types.ts";

export interface ParseFileListOptions {
  /** Of the unpacked list. */
  readonly maxBytes: number;
}

/**
 * Parses a gzipped `files.jsonl`, as stored beside an archive.
 * @throws BackupError `data-corrupt` when it is damaged; `limit-exceeded` beyond `maxBytes`.
 */
export function parseFileList(_bytes: Uint8Array, _options: ParseFileListOptions): FileList {
  throw new BackupError("internal", "not written yet");
}
