import { type BackupError, isBackupError } from "../../base/index.ts";
import type { SourceFile } from "../../filesystem/index.ts";
import { type Change, changeBetween } from "./change.ts";

/** What became of a file that was read in pieces. */
export type Outcome = Change | { readonly unreadable: string };

/** A large file being read in pieces; each is valid until the next one is asked for. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** To be asked when the pieces were read, while the file is still open. */
  outcome(): Outcome;
}

export interface PiecesOptions {
  /** Every piece is read into it and is as long as it, but the last. */
  readonly buffer: Buffer;
  /** Called with each piece's length; what it returns is waited for. */
  readonly onPiece: (bytes: number) => Promise<void> | undefined;
}

/**
 * Reads an open file from its first byte to the size it had when it was opened. Never throws for what the file does: when it
 * cannot be read on or became shorter, the pieces end early and the outcome says why.
 */
export function readPieces(source: SourceFile, { buffer, onPiece }: PiecesOptions): Pieces {
  const { sizeBytes } = source.stat;
  let offset = 0;
  let failure: BackupError | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      while (offset < sizeBytes) {
        const wanted = buffer.subarray(0, Math.min(buffer.length, sizeBytes - offset));
        const piece = attempt(() => source.readInto(wanted, offset));
        if (isBackupError(piece)) failure = piece;
        if (isBackupError(piece) || piece.length === 0) return;
        offset += piece.length;
        await onPiece(piece.length);
        yield piece;
      }
    },
    outcome() {
      const after = failure ?? attempt(() => source.restat());
      if (isBackupError(after)) return { unreadable: after.message };
      return offset < sizeBytes ? "changed" : changeBetween(source.stat, after);
    },
  };
}

function attempt<T>(work: () => T): T | BackupError {
  try {
    return work();
  } catch (error) {
    if (isBackupError(error, "source-unreadable")) return error;
    throw error;
  }
}
