import { isBackupError, MIB } from "../../base/index.ts";
import {
  type FileStat,
  freeSpace,
  openSource,
  type Path,
  publishFile,
  type SourceFile,
} from "../../filesystem/index.ts";
import type { BackupClass } from "../../openclaw/index.ts";
import { type Outcome, readPieces } from "../read/index.ts";
import type { CaptureRun } from "../run.ts";
import type { CaptureEntry, Omission } from "../types.ts";
import { countedPieces } from "./counted-pieces.ts";
import { factsOf, rememberLinked } from "./facts.ts";

const ATTEMPTS = 3;
const PAUSE_MS = 100;
/** Left free beside a copy, for others. */
const SPARE_BYTES: number = 8 * MIB;
/** A file written to so recently is being written to: read straight into a backup, it would likely be torn. */
const BUSY_MS = 5000;

/**
 * The entry of a large file, read in pieces while it is packed. One that was written to a moment ago is first copied to the private
 * directory, where a torn copy can be thrown away and made again; where there is no space for that, it is read straight.
 */
export async function* largeEntries(
  run: CaptureRun,
  source: SourceFile,
  inClass: BackupClass,
  onGrowth: (stat: FileStat) => void,
): AsyncIterable<CaptureEntry> {
  if (!isBusy(run, source.stat)) {
    yield streamedEntry(run, { source, path: source.path, stat: source.stat, inClass, onGrowth });
    return;
  }
  const copy = await copyInPeace(run, source);
  if (copy === "no-space") {
    yield streamedEntry(run, { source, path: source.path, stat: source.stat, inClass, onGrowth });
  } else if (copy !== undefined) {
    if (copy.grew) onGrowth(copy.stat);
    yield* copiedEntry(run, copy, source.path, inClass);
  }
}

function isBusy(run: CaptureRun, { mtimeNs }: FileStat): boolean {
  return Math.abs(run.clock.now().getTime() - Number(mtimeNs / 1_000_000n)) < BUSY_MS;
}

interface Streamed {
  readonly source: SourceFile;
  /** The file that the entry stands for. */
  readonly path: Path;
  readonly stat: FileStat;
  readonly inClass: BackupClass;
  readonly onGrowth?: (stat: FileStat) => void;
}

function streamedEntry(run: CaptureRun, streamed: Streamed): CaptureEntry {
  const { source, path, stat, inClass, onGrowth } = streamed;
  const pieces = countedPieces(run, source, path);
  const settle = () => {
    const outcome = pieces.outcome();
    const problem = problemOf(path, outcome);
    if (problem !== undefined) return run.ledger.omitSettled(problem);
    if (outcome === "grew") onGrowth?.(stat);
    rememberLinked(run, path, stat);
    run.pace.countFile();
    return undefined;
  };
  const { sizeBytes } = source.stat;
  return { ...factsOf(path, stat, inClass), type: "file", sizeBytes, content: pieces, settle };
}

function problemOf(path: Path, outcome: Outcome): Omission | undefined {
  if (typeof outcome === "object")
    return { path, reason: "unreadable", detail: outcome.unreadable };
  if (outcome !== "changed") return undefined;
  return { path, reason: "changed", detail: "rewritten while it was read" };
}

interface Copy {
  readonly path: Path;
  readonly stat: FileStat;
  readonly grew: boolean;
}

/**
 * Copies a file until a copy is whole.
 * @returns undefined when it vanished or was rewritten each time, which is then reported.
 */
async function copyInPeace(
  run: CaptureRun,
  first: SourceFile,
): Promise<Copy | "no-space" | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    using again = attempt === 1 ? undefined : openAgain(run, first.path);
    const source = attempt === 1 ? first : again;
    if (source === undefined) return undefined;
    const copy = await copyOnce(run, source);
    if (copy !== "changed") return copy;
    await run.clock.sleep(PAUSE_MS, run.options.signal);
  }
  const detail = `rewritten at each of ${ATTEMPTS} reads`;
  run.ledger.omit({ path: first.path, reason: "changed", detail });
  return undefined;
}

function openAgain(run: CaptureRun, path: Path): SourceFile | undefined {
  try {
    const source = openSource(path);
    if (source !== undefined) return source;
    run.ledger.note({ path, note: "vanished", detail: "it was gone while it was copied" });
  } catch (error) {
    if (!isBackupError(error)) throw error;
    run.ledger.omit({ path, reason: "unreadable", detail: error.message });
  }
  return undefined;
}

async function copyOnce(
  run: CaptureRun,
  source: SourceFile,
): Promise<Copy | "no-space" | "changed" | undefined> {
  const path = await run.scratch.newPath();
  if (source.stat.sizeBytes + SPARE_BYTES > freeSpace(path).availableBytes) return "no-space";
  const onPiece = (): Promise<void> | undefined => run.pace.step(source.path);
  const pieces = readPieces(source, { buffer: run.buffer, onPiece });
  try {
    await publishFile(path, pieces);
  } catch (error) {
    if (isBackupError(error, "no-space")) return "no-space";
    throw error;
  }
  const outcome = pieces.outcome();
  if (outcome === "none" || outcome === "grew") {
    return { path, stat: source.stat, grew: outcome === "grew" };
  }
  run.scratch.remove(path);
  if (outcome === "changed") return outcome;
  run.ledger.omit({ path: source.path, reason: "unreadable", detail: outcome.unreadable });
  return undefined;
}

async function* copiedEntry(
  run: CaptureRun,
  copy: Copy,
  path: Path,
  inClass: BackupClass,
): AsyncIterable<CaptureEntry> {
  try {
    using source = openSource(copy.path);
    if (source === undefined) return;
    yield streamedEntry(run, { source, path, stat: copy.stat, inClass });
  } finally {
    run.scratch.remove(copy.path);
  }
}
