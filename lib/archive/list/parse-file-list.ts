import { gunzipSync } from "node:zlib";
import { BackupError, systemCode } from "../../base/index.ts";
import type { FileList } from "../types.ts";
import { FileListParser } from "./file-list-parser.ts";

export interface ParseFileListOptions {
  /** Of the unpacked list. */
  readonly maxBytes: number;
}

/**
 * Parses a gzipped `files.jsonl`, as it is stored beside an archive.
 * @throws BackupError `data-corrupt` when it is damaged; `limit-exceeded` beyond `maxBytes`.
 */
export function parseFileList(bytes: Uint8Array, options: ParseFileListOptions): FileList {
  const { maxBytes } = options;
  const parser = new FileListParser({ maxLines: Number.MAX_SAFE_INTEGER, maxLineBytes: maxBytes });
  parser.push(unpack(bytes, maxBytes));
  return parser.end();
}

function unpack(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw unpackFailure(cause, maxBytes);
  }
}

function unpackFailure(cause: unknown, maxBytes: number): BackupError {
  if (systemCode(cause) === "ERR_BUFFER_TOO_LARGE") {
    return new BackupError("limit-exceeded", `file list: over ${maxBytes} bytes unpacked`, {
      cause,
    });
  }
  const message = "file list: the gzip data is damaged or cut short";
  return new BackupError("data-corrupt", message, { cause });
}
