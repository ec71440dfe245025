import { openSource, type Path } from "../../filesystem/index.ts";
import type { BackupClass } from "../../openclaw/index.ts";
import { isOpenDatabase } from "../open-databases.ts";
import { readPieces } from "../read/index.ts";
import type { CaptureRun } from "../run.ts";
import type { Scanned } from "../select/index.ts";
import type { CaptureEntry } from "../types.ts";
import { factsOf } from "./facts.ts";

/** The raw bytes of a damaged database and its write-ahead log, as far as they can be read, for whoever wants to rescue something. */
export async function* damagedEntries(
  run: CaptureRun,
  { entry }: Scanned,
  inClass: BackupClass,
): AsyncIterable<CaptureEntry> {
  const { path } = entry;
  // Another capture of this process may have it open, see `open-databases.ts`.
  if (isOpenDatabase(entry.stat)) return;
  for (const part of [path, `${path}-wal`]) {
    using source = openRaw(part);
    if (source === undefined || source.stat.sizeBytes === 0) continue;
    const content = readPieces(source, { buffer: run.buffer, onPiece: () => run.pace.step(path) });
    const { stat } = source;
    yield {
      ...factsOf(part, stat, inClass),
      type: "file",
      sizeBytes: stat.sizeBytes,
      content,
      damaged: true,
    };
  }
}

function openRaw(path: Path): ReturnType<typeof openSource> {
  try {
    return openSource(path);
  } catch {
    return undefined;
  }
}
