import { chmodSync, constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import { assertNotCancelled, systemClock } from "../base/index.ts";
import { type FileStat, fsPath, type Path, removeTree, statPath } from "../filesystem/index.ts";
import { SIDECARS } from "./connection.ts";
import { databaseError } from "./problems.ts";

const ATTEMPTS = 3;
/** File times advance in steps of up to 10 ms: a write that comes this much after a look leaves another time behind. */
const CLOCK_STEP_MS = 20;

/**
 * Copies the bytes of a database with its log and journal, for when SQLite cannot read it without writing beside it: the directory is
 * read-only and there is no index of the log, or a crash left a transaction half done. Nothing is written to the source.
 *
 * In these states no other program has the database open (one that had would keep the index, or have undone the transaction), and
 * if one comes meanwhile, sizes and times betray it and the copy is made again. SQLite must not have it open in this process.
 * @throws BackupError `source-unreadable`
 */
export async function copyRaw(source: Path, target: Path, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = lookAtFiles(source);
    await systemClock.sleep(CLOCK_STEP_MS);
    for (const { suffix } of before) {
      assertNotCancelled(signal);
      await copyFile(fsPath(source + suffix), fsPath(target + suffix), constants.COPYFILE_FICLONE);
      chmodSync(fsPath(target + suffix), 0o600);
    }
    if (describe(lookAtFiles(source)) === describe(before)) return;
    for (const suffix of SIDECARS) removeTree(target + suffix);
  }
  throw databaseError(source, "locked", { detail: "it changed while its files were copied" });
}

/** What {@link copyRaw} would copy now. */
export function rawSizeBytes(source: Path): number {
  return lookAtFiles(source).reduce((sum, { stat }) => sum + stat.sizeBytes, 0);
}

interface FoundFile {
  readonly suffix: string;
  readonly stat: FileStat;
}

/** The database itself, its log and its journal, as far as they exist; the log's index is made anew from the log. */
function lookAtFiles(source: Path): readonly FoundFile[] {
  return ["", "-wal", "-journal"].flatMap((suffix) => {
    const stat = statPath(source + suffix);
    return stat === undefined ? [] : [{ suffix, stat }];
  });
}

function describe(files: readonly FoundFile[]): string {
  return files
    .map(({ suffix, stat: { ino, sizeBytes, mtimeNs, ctimeNs } }) =>
      [suffix, ino, sizeBytes, mtimeNs, ctimeNs].join(" "),
    )
    .join("\n");
}
