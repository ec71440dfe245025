import { BackupError, count } from "../../base/index.ts";
import type { FileList, FileListEntry, Omission } from "../types.ts";
import { parseLine } from "./line.ts";

export interface FileListLimits {
  readonly maxLines: number;
  readonly maxLineBytes: number;
}

/** Parses `files.jsonl` while it arrives in chunks, cut anywhere. */
export class FileListParser {
  readonly #limits: FileListLimits;
  readonly #entries: FileListEntry[] = [];
  readonly #omissions: Omission[] = [];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(limits: FileListLimits) {
    this.#limits = limits;
  }

  /** @throws BackupError `data-corrupt`, `limit-exceeded` */
  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    // A copy: a Buffer's own `slice` is a view, and the chunk is somebody else's after this call.
    if (start < chunk.length) this.#keep(Uint8Array.prototype.slice.call(chunk, start));
  }

  /** @throws BackupError `data-corrupt` when the last line was cut short. */
  end(): FileList {
    if (this.#pendingBytes > 0) {
      throw new BackupError("data-corrupt", "file list: the last line is cut short");
    }
    return { entries: this.#entries, omissions: this.#omissions };
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    const { maxLineBytes } = this.#limits;
    if (this.#pendingBytes > maxLineBytes) {
      throw new BackupError(
        "limit-exceeded",
        `file list: a line has more than ${maxLineBytes} bytes`,
      );
    }
  }

  #endLine(): void {
    const [only] = this.#pending;
    const bytes = this.#pending.length === 1 && only ? only : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const parsed = parseLine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    if ("entry" in parsed) this.#entries.push(parsed.entry);
    else this.#omissions.push(parsed.omission);
    const { maxLines } = this.#limits;
    if (this.#entries.length + this.#omissions.length > maxLines) {
      throw new BackupError("limit-exceeded", `file list: more than ${count(maxLines, "line")}`);
    }
  }
}

const LINE_FEED = 0x0a;
