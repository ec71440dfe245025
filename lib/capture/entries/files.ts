import { quote } from "../../base/index.ts";
import { type FileStat, type Path, type SourceFile, statPath } from "../../filesystem/index.ts";
import { isOpenDatabase } from "../open-databases.ts";
import { type Reading, readFile } from "../read/index.ts";
import type { CaptureRun } from "../run.ts";
import type { Scanned } from "../select/index.ts";
import type { CaptureEntry } from "../types.ts";
import { databaseEntries } from "./databases.ts";
import { factsOf, linkEntry, rememberLinked } from "./facts.ts";
import { largeEntries } from "./large-files.ts";
import { symlinkEntry } from "./links.ts";

const ATTEMPTS = 3;
/** Between attempts, so that whoever rewrites the file comes to an end. */
const PAUSE_MS = 20;

/**
 * The entry of a small file that nobody disturbs, which nearly all are, without a promise.
 * @returns `undefined` when there is nothing to store; a function that gives the entries where more has to be done.
 */
export function fileEntry(
  run: CaptureRun,
  scanned: Scanned,
): CaptureEntry | undefined | (() => AsyncIterable<CaptureEntry>) {
  const { entry, selection } = scanned;
  const { path, stat } = entry;
  if (isKnownDatabase(run, scanned)) return () => databaseEntries(run, scanned);
  const link = linkEntry(run, path, stat, selection.classOf(path, false));
  if (link !== undefined) return link;
  if (run.options.previous?.isUnchanged(path, stat)) return unchangedEntry(run, scanned);
  const reading = readFile(path, run.buffer);
  if (reading.type === "whole") return wholeEntry(run, scanned, reading);
  return () => otherEntries(run, scanned, reading);
}

/** A database that must not, or need not, be opened as a file. */
function isKnownDatabase(run: CaptureRun, { entry }: Scanned): boolean {
  return run.essential.has(entry.path) || isOpenDatabase(entry.stat);
}

function wholeEntry(
  run: CaptureRun,
  { entry: { path }, selection }: Scanned,
  { stat, bytes, grew }: Extract<Reading, { type: "whole" }>,
): CaptureEntry | undefined {
  const inClass = selection.classOf(path, false);
  if (inClass === undefined) return undefined;
  if (grew) noteGrowth(run, path, stat);
  rememberLinked(run, path, stat);
  run.pace.countFile();
  run.pace.countBytes(bytes.length);
  return { ...factsOf(path, stat, inClass), type: "file", sizeBytes: bytes.length, content: bytes };
}

const NO_CONTENT = new Uint8Array(0);

/** The entry of a file that an earlier backup has as it is. */
function unchangedEntry(
  run: CaptureRun,
  { entry: { path, stat }, selection }: Scanned,
): CaptureEntry | undefined {
  const inClass = selection.classOf(path, false);
  if (inClass === undefined) return undefined;
  const { sizeBytes } = stat;
  rememberLinked(run, path, stat);
  run.pace.countFile();
  run.pace.countBytes(sizeBytes);
  const facts = factsOf(path, stat, inClass);
  return { ...facts, type: "file", sizeBytes, content: NO_CONTENT, unchanged: true };
}

async function* otherEntries(
  run: CaptureRun,
  scanned: Scanned,
  first: Reading,
): AsyncIterable<CaptureEntry> {
  const { path } = scanned.entry;
  let reading = first;
  for (let attempt = 1; reading.type === "changed" && attempt < ATTEMPTS; attempt++) {
    await run.clock.sleep(PAUSE_MS, run.options.signal);
    reading = readFile(path, run.buffer);
  }
  switch (reading.type) {
    case "whole": {
      const whole = wholeEntry(run, scanned, reading);
      if (whole !== undefined) yield whole;
      break;
    }
    case "database":
      yield* databaseEntries(run, scanned);
      break;
    case "large":
      yield* largeFile(run, scanned, reading.source);
      break;
    case "vanished":
      run.ledger.note({ path, note: "vanished", detail: "it was gone before it was read" });
      break;
    case "replaced":
      yield* replacedEntry(run, scanned);
      break;
    case "changed":
      run.ledger.omit({
        path,
        reason: "changed",
        detail: `rewritten at each of ${ATTEMPTS} reads`,
      });
      break;
    case "unreadable":
      run.ledger.omit({ path, reason: "unreadable", detail: reading.detail });
      break;
  }
}

async function* largeFile(
  run: CaptureRun,
  scanned: Scanned,
  source: SourceFile,
): AsyncIterable<CaptureEntry> {
  using open = source;
  const { path } = scanned.entry;
  const inClass = scanned.selection.classOf(path, false);
  if (inClass === undefined) return;
  yield* largeEntries(run, open, inClass, (stat) => noteGrowth(run, path, stat));
}

/** A link can still be recorded; anything else that appeared in a file's place is left to the next backup. */
async function* replacedEntry(run: CaptureRun, scanned: Scanned): AsyncIterable<CaptureEntry> {
  const { path } = scanned.entry;
  const stat = lookAgain(path);
  if (stat?.type === "symlink") {
    const link = symlinkEntry(run, { ...scanned, entry: { ...scanned.entry, stat } });
    if (link !== undefined) yield link;
    return;
  }
  const detail = `it was replaced by something else (${stat?.type ?? "nothing"}) before it was read`;
  run.ledger.note({ path, note: "vanished", detail });
}

function lookAgain(path: Path): FileStat | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}

function noteGrowth(run: CaptureRun, path: Path, stat: FileStat): void {
  const detail = `stored are the ${stat.sizeBytes} bytes that ${quote(path)} had when it was opened`;
  run.ledger.note({ path, note: "grew", detail });
}
