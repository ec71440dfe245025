import { type BackupError, isBackupError } from "../../base/index.ts";
import type { SourceFile } from "../../filesystem/index.ts";
import { type Change, changeBetween } from "./change.ts";

const PIECE_BYTES: number = 1024 * 1024;

/** What became of a file that was read in pieces. */
export type Outcome = Change | { readonly unreadable: string };

/** A large file being read in pieces. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** To be asked when the pieces were read, while the file is still open. */
  outcome(): Outcome;
}

/**
 * Reads an open file from its first byte to the size it had when it was opened. Never throws for what the file does: when it
 * cannot be read on or became shorter, the pieces end early and the outcome says why.
 *
 * @param onPiece - Called with each piece's length; what it returns is waited for.
 */
export function readPieces(
  source: SourceFile,
  onPiece: (bytes: number) => Promise<void> | undefined,
): Pieces {
  const { sizeBytes } = source.stat;
  let offset = 0;
  let failure: BackupError | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      while (offset < sizeBytes) {
        const piece = attempt(() => source.read(offset, Math.min(PIECE_BYTES, sizeBytes - offset)));
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
