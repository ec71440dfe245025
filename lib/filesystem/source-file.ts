import { closeSync, constants, openSync, readSync } from "node:fs";
import { BackupError, quote } from "../base/index.ts";
import { isAbsence, unreadable } from "./failures.ts";
import { fsPath } from "./path.ts";
import { statOpen } from "./stat.ts";
import type { FileStat, Path, SourceFile } from "./types.ts";

/**
 * Opens a regular file to be captured, without following a link and without waiting for a fifo's writer.
 *
 * Never open a SQLite database that this process has open in SQLite: closing would drop SQLite's locks (see `lib/sqlite`).
 * @returns undefined when the file has vanished.
 * @throws BackupError `source-unreadable`; `details.systemCode` is `ELOOP` for a link, `EFTYPE` for anything else that is not a file.
 */
export function openSource(path: Path): SourceFile | undefined {
  let fd: number;
  try {
    fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  }
  try {
    const stat = statOpen(fd);
    if (stat.type === "file") return new OpenFile(path, fd, stat);
  } catch (error) {
    closeSync(fd);
    throw unreadable(path, error);
  }
  closeSync(fd);
  throw new BackupError("source-unreadable", `${quote(path)} is not a regular file`, {
    details: { path, systemCode: "EFTYPE" },
  });
}

class OpenFile implements SourceFile {
  readonly path: Path;
  readonly stat: FileStat;
  #fd: number;

  constructor(path: Path, fd: number, stat: FileStat) {
    this.path = path;
    this.stat = stat;
    this.#fd = fd;
  }

  read(offset: number, length: number): Uint8Array {
    return this.readInto(Buffer.allocUnsafe(length), offset);
  }

  readInto(buffer: Buffer, offset: number): Uint8Array {
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const left = buffer.length - filled;
        const count = readSync(this.#fd, buffer, filled, left, offset + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch (error) {
      throw unreadable(this.path, error);
    }
    return buffer.subarray(0, filled);
  }

  restat(): FileStat {
    try {
      return statOpen(this.#fd);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}
