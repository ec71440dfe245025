import type { Path, SourceFile } from "../../filesystem/index.ts";
import { type Pieces, readPieces } from "../read/index.ts";
import type { CaptureRun } from "../run.ts";

/** The pieces of a file that goes into the backup, counted as progress at `path`. */
export function countedPieces(run: CaptureRun, source: SourceFile, path: Path): Pieces {
  const onPiece = (bytes: number): Promise<void> | undefined => {
    run.pace.countBytes(bytes);
    return run.pace.step(path);
  };
  return readPieces(source, { buffer: run.buffer, onPiece });
}
